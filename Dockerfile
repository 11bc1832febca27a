# optiid-audit in a container: no root, nothing writable but /reports and /tmp, no tool that only builds need.
#
#   docker build --tag optiid-audit .
#   docker run --rm --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     --env-file audit.env --volume optiid-reports:/reports optiid-audit drift
#
# Secrets are given when it runs (RUNBOOK.md); .dockerignore lets none of them near a layer. Any image of Node 20.19 or
# newer with glibc will do: DuckDB's library is built for it, so Alpine will not. A release names it with its digest
# (CONTRIBUTING.md), and the image says what it was made from.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /opt/optiid-audit
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY cli ./cli
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts \
  && rm -r cli src tsconfig.json tsconfig.build.json package-lock.json .npmrc
COPY LICENSE CHANGELOG.md RUNBOOK.md ./

FROM ${NODE_IMAGE}
ARG NODE_IMAGE
LABEL org.opencontainers.image.title="optiid-audit" \
  org.opencontainers.image.base.name="${NODE_IMAGE}" \
  org.opencontainers.image.description="Audits the move from JIT provisioning to SCIM between Okta and Opti ID. Reads only." \
  org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/optiid-audit /opt/optiid-audit
RUN ln -s /opt/optiid-audit/dist/cli/program.js /usr/local/bin/optiid-audit \
  && install --directory --owner=10001 --group=10001 --mode=0700 /reports \
  && install --directory --mode=0755 /work
ENV NODE_ENV=production HOME=/tmp TMPDIR=/tmp AUDIT_REPORTS_DIR=/reports
# A .env or waivers.csv may be mounted here; nothing is written.
WORKDIR /work
VOLUME ["/reports"]
USER 10001:10001
ENTRYPOINT ["optiid-audit"]
CMD ["--help"]
