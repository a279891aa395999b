# rhizo in a container: docker build -t rhizo . (see compose.yaml). For a Pi: docker buildx build --platform linux/arm64 -t rhizo .
FROM node:22-bookworm-slim AS build
WORKDIR /source
COPY . .
# The package as it leaves for the registry, which is built first; then what an installation of it is.
RUN npm pack --pack-destination /tmp \
  && npm install --global --prefix /opt/rhizo --no-audit --no-fund /tmp/rhizo-*.tgz

FROM node:22-bookworm-slim
COPY --from=build /opt/rhizo /opt/rhizo
# A user of its own, with a number that hosts give to nobody.
RUN groupadd --gid 10001 rhizo \
  && useradd --no-log-init --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin rhizo \
  && install -d -m 0700 -o rhizo -g rhizo /data
ENV NODE_ENV=production \
  MALLOC_ARENA_MAX=2 \
  PATH=/opt/rhizo/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  RHIZO_SERVER_SETTINGS=/data/config.yaml \
  RHIZO_SERVER_LISTEN_ADDRESS=0.0.0.0 \
  RHIZO_SERVER_PORT=5000
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 5000 1883 8883
# With TLS_CERTIFICATE in the settings the address begins with https, and the certificate is not for this one.
HEALTHCHECK --interval=30s --timeout=5s --start-period=5m --start-interval=2s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:5000/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Settings with secrets and the database are made where they are missing; SIGTERM reaches the server itself.
CMD ["sh", "-c", "rhizo init-db && exec rhizo serve"]
