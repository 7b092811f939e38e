# syntax=docker/dockerfile:1
# One image for api, worker and migrate; the command says which: see compose.yaml.
#
# The tag is pinned to a patch release. Whoever builds for production pins the digest as well
# (FROM …@sha256:…), as their registry shows it: it cannot be looked up without a network.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS builder
WORKDIR /build
COPY requirements.lock ./
# Only wheels: nothing is compiled, so the image needs no build tools in either stage.
RUN python -m venv /opt/habeas/venv \
    && /opt/habeas/venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check \
        --only-binary :all: --require-hashes --requirement requirements.lock \
    && /opt/habeas/venv/bin/python -m pip uninstall --yes pip setuptools

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Habeas" \
      org.opencontainers.image.description="Carries out people's data-protection rights on learning platforms." \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 habeas \
    && useradd --system --uid 10001 --gid habeas --home-dir /var/lib/habeas --shell /usr/sbin/nologin habeas \
    && install --directory --owner=habeas --group=habeas --mode=0700 /var/lib/habeas
COPY --from=builder /opt/habeas/venv /opt/habeas/venv
WORKDIR /opt/habeas
COPY LICENSE ./
COPY alembic ./alembic
COPY datamaps ./datamaps
COPY schemas ./schemas
COPY app ./app
COPY workers ./workers
ENV PATH=/opt/habeas/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HABEAS_DATA_DIRECTORY=/var/lib/habeas
USER 10001:10001
VOLUME ["/var/lib/habeas"]
EXPOSE 8000
STOPSIGNAL SIGTERM
# Of the API; compose.yaml turns it off for the others, which answer no HTTP.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["api", "--host", "0.0.0.0", "--port", "8000"]
