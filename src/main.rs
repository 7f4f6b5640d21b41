//! The command line of testimony with everything that ships with it.

fn main() -> std::process::ExitCode {
    testimony::Cli::new()
        .with(testimony::specs::all())
        .workflows(testimony::specs::workflows::all())
        .run()
}
