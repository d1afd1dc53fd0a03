// SPDX-License-Identifier: Apache-2.0
// The process around the `rap` command: streams, signals, the real services.
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

#include "app/encoder.h"
#include "app/faces.h"
#include "app/generator.h"
#include "cli/run.h"
#include "cli/train.h"
#include "rap/open.h"

namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

/// The first Ctrl-C asks to stop; one more, while that request waits, ends the process.
void on_interrupt(int signal) {
  if (interrupted.exchange(true)) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;  // without SA_RESTART: a waiting read returns
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

/// What was said must have arrived: a disk may be full, or the answer is a key that is shown once.
rap::cli::ExitCode check_output(rap::cli::ExitCode code) {
  if (std::cout.flush() || code != rap::cli::ExitCode::kOk) return code;
  std::cerr << "rap: standard output cannot be written, so what it should say is lost; what was changed stays changed"
            << std::endl;
  return rap::cli::ExitCode::kFailure;
}

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

int main(int argc, char** argv) {
  watch_interrupts();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write, as a full disk is
  rap::cli::Console console{std::cin, std::cout, std::cerr, false, false, false, 0, interrupted};
  console.in_is_terminal = isatty(STDIN_FILENO) == 1;
  console.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  console.err_is_terminal = isatty(STDERR_FILENO) == 1;
  if (console.out_is_terminal) console.columns = terminal_columns();
  const rap::cli::Services services{rap::open,
                                    rap::list_models,
                                    rap::verify_models,
                                    rap::version(),
                                    rap::open_encoder,
                                    rap::open_generator,
                                    rap::open_face_encoder,
                                    rap::open_all,
                                    rap::cli::training_of_this_program()};
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(check_output(rap::cli::run_command(arguments, services, console)));
}
