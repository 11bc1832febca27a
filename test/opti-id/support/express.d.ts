// Two versions of one server; what the tests use of them is a function.
declare module 'express' {
  const express: () => unknown;
  export default express;
}
declare module 'express4' {
  const express: () => unknown;
  export default express;
}
