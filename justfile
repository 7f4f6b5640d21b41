# `just` lists the recipes; CI runs `.ci/run`, and so does `just ci`.

_default:
    @just --list

# Every test: units, properties, documents, and each history against its header.
test:
    cargo test
    cargo run --release -- test histories/

# Clippy on everything, and the pure library on its own.
lint:
    cargo clippy --all-targets --all-features -- -D warnings
    cargo check --no-default-features --lib

# Format in place.
fmt:
    cargo fmt

# The API pages, with a broken link being an error.
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --all-features

# What CI runs.
ci:
    .ci/run

# Seconds and instruction counts.
bench *ARGS:
    cargo bench {{ARGS}}

# One byte-level target for a while (needs cargo-fuzz and a nightly toolchain).
fuzz TARGET SECONDS="60":
    cargo +nightly fuzz run {{TARGET}} -- -max_total_time={{SECONDS}}
