//! `testimony completions SHELL` and `testimony man`: what packagers install beside the binary.

use clap::{Command, CommandFactory};

use super::args::{Arguments, CompletionsArgs, ManArgs};
use super::exit;
use super::suggest::did_you_mean;
use super::terminal::{Stop, Terminal};

/// Prints a completion script.
pub(super) fn completions(args: &CompletionsArgs, terminal: Terminal) -> Result<u8, Stop> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    terminal.print(&script)?;
    Ok(exit::KEPT)
}

/// Prints a manual page.
pub(super) fn man(args: &ManArgs, terminal: Terminal) -> Result<u8, Stop> {
    let mut whole = Arguments::command();
    whole.build();
    let command = match &args.command {
        None => whole,
        Some(name) => sub_command(&whole, name)?,
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| Stop::writing("the manual page", &error))?;
    terminal.print(&page)?;
    Ok(exit::KEPT)
}

fn sub_command(whole: &Command, name: &str) -> Result<Command, Stop> {
    let found = whole.find_subcommand(name).cloned();
    let found = found.map(|command| {
        let name = format!("{}-{name}", whole.get_name());
        command.display_name(name)
    });
    found.ok_or_else(|| {
        let names = whole.get_subcommands().map(Command::get_name);
        Stop::failed(format!(
            "no command is called `{name}`{}",
            did_you_mean(name, names)
        ))
    })
}
