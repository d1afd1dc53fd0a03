// SPDX-License-Identifier: Apache-2.0
#include "cli/exit_code.h"

namespace rap::cli {

bool is_about_photo(const Error& error) {
  // Fields of lists look like "views[2].box", "concepts[3].views[0]" or "concept_dict[3].image".
  return error.field == "photo" || error.field == "box" || error.field.find("views[") != std::string::npos ||
         error.field.ends_with(".image");
}

ExitCode exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return is_about_photo(error) ? ExitCode::kBadInput : ExitCode::kUsage;
    case ErrorCode::kNotFound:
      return ExitCode::kNotFound;
    case ErrorCode::kConflict:
      return ExitCode::kConflict;
    case ErrorCode::kTooLarge:
      return ExitCode::kBadInput;
    case ErrorCode::kUnsupported:
      if (error.field == "version") return ExitCode::kFailure;
      return is_about_photo(error) ? ExitCode::kBadInput : ExitCode::kEngineUnavailable;
    case ErrorCode::kUnavailable:
      return ExitCode::kEngineUnavailable;
    case ErrorCode::kCorrupt:
      return is_about_photo(error) ? ExitCode::kBadInput : ExitCode::kFailure;
    case ErrorCode::kCancelled:
      return ExitCode::kInterrupted;
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return ExitCode::kFailure;
  }
  return ExitCode::kFailure;
}

std::string next_step(const Error& error) {
  if (is_about_photo(error)) {
    switch (error.code) {
      case ErrorCode::kUnsupported:
      case ErrorCode::kCorrupt:
        return "give a JPEG, PNG, WebP, HEIC, GIF or TIFF file that opens in a viewer";
      case ErrorCode::kNotFound:
        return "check the path";
      default:
        return {};
    }
  }
  switch (error.code) {
    case ErrorCode::kNotFound:
      if (error.field == "concept") return "`rap concepts list` shows what is known";
      if (error.field == "key") return "`rap keys list` shows the keys and their ids";
      if (error.field == "model") return "`rap models list` shows what can be chosen";
      return {};
    case ErrorCode::kConflict:
      if (error.field == "name") return "choose another name, or change the concept with `rap concepts edit`";
      if (error.field == "views") return "drop that view with `rap concepts edit --remove-view` if it was wrong";
      if (error.field == "consent") return "`rap concepts edit --consent given` changes that";
      if (error.field.starts_with("concept")) return "--skip-existing leaves out what is known already";
      return "look at it again with `rap concepts show` and repeat the change";
    case ErrorCode::kTooLarge:
      if (error.field == "keys") return "revoke keys that nobody uses with `rap keys revoke`";
      if (error.field.ends_with("add_views")) return "drop some with `rap concepts edit --remove-view`";
      return {};
    case ErrorCode::kUnsupported:
      if (error.field == "version") return "update rap";
      if (error.field == "keys") return "use that rap, or make new keys in another file with --keys";
      return "choose a generator with --model, --gguf and --mmproj, or --llm";
    case ErrorCode::kUnavailable:
      return "check that the server of --llm runs and can be reached, or leave --llm out";
    case ErrorCode::kIo:
      return "check that the place exists, has space left and may be used by you";
    case ErrorCode::kCorrupt:
      if (error.field == "keys") return "restore it from a copy, or remove it and make new keys";
      if (error.field == "memory" || error.field == "bundle") return "restore it from a copy, or name another file";
      return "restore the file from a copy; `rap models verify` checks the weights";
    case ErrorCode::kInternal:
      return "this is a bug of rap: please report it";
    default:
      return {};
  }
}

}  // namespace rap::cli
