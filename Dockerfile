# The portal without a database of its own: EREC_DATABASE_URL (or …_FILE) names a PostgreSQL 15 or later. See compose.yaml.

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=docker
# The program is Go alone: templates, assets, migrations and time zones are embedded.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" -o /out/ereception ./cmd/ereception

FROM debian:bookworm-slim
# ca-certificates: OpenID Connect providers, SMTP and S3 are called over TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin ereception \
    && install -d -o ereception -g ereception -m 0700 /var/lib/ereception
COPY --from=build /out/ereception /usr/local/bin/ereception
COPY LICENSE /usr/share/doc/ereception/LICENSE
USER ereception
ENV EREC_ADDR=:8080 EREC_DATA_DIR=/var/lib/ereception
# Uploaded files and outgoing mail that is kept as files.
VOLUME /var/lib/ereception
EXPOSE 8080
# Asks /healthz of EREC_ADDR: the image has no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["ereception", "healthcheck"]
ENTRYPOINT ["ereception"]
CMD ["serve"]
