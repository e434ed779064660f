# The program in an image of its own: `docker build --tag piao:0.1.0 .`
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
# Only this package, so that no feature of tests comes in (crash points).
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package piao --bin piao && cp target/release/piao /usr/local/bin/piao

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --no-create-home piao && install --directory --mode 0700 --owner piao \
    /var/lib/piao /var/lib/piao-checkpoint
COPY --from=build /usr/local/bin/piao /usr/local/bin/piao
USER piao
# A fresh volume takes over its owner and mode.
VOLUME /var/lib/piao
EXPOSE 8180
ENTRYPOINT ["piao"]
CMD ["serve", "--help"]
