/** An answer of Okta's API other than success: the status and what its error body says. */
export class OktaError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly causes: readonly string[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    errorCode: string,
    errorSummary: string,
    causes: readonly string[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(errorSummary);
    this.name = 'OktaError';
    this.status = status;
    this.errorCode = errorCode;
    this.causes = causes;
    this.headers = headers;
  }

  /** The error body, in the shape that every Okta error has; a refused proof has no code and no body. */
  body(errorId: string): Record<string, unknown> | '' {
    if (this.errorCode === '') return '';
    return {
      errorCode: this.errorCode,
      errorSummary: this.message,
      errorLink: this.errorCode,
      errorId,
      errorCauses: this.causes.map((errorSummary) => ({ errorSummary })),
    };
  }
}

/** 404 for a thing that a path names, worded as Okta words it. */
export function notFound(id: string, type: string): OktaError {
  return new OktaError(404, 'E0000007', `Not found: Resource not found: ${id} (${type})`);
}

/** 400 for a query parameter that Okta refuses. */
export function validationFailed(parameter: string, cause: string): OktaError {
  return new OktaError(400, 'E0000001', `Api validation failed: ${parameter}`, [`${parameter}: ${cause}`]);
}
