// SPDX-License-Identifier: Apache-2.0
#include "server/errors.h"

#include <string>
#include <typeinfo>

namespace rap::server {
namespace {

/// The words of OpenAI's SDKs for a status.
const char* openai_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    default:
      return status < 500 ? "invalid_request_error" : "server_error";
  }
}

/// OpenAI's codes where there is one, else ours.
std::string openai_code(const Error& error, int status) {
  if (status == 401) return "invalid_api_key";
  if (status == 404 && error.field == "model") return "model_not_found";
  if (status == 429) return "rate_limit_exceeded";
  return to_string(error.code);
}

/// Whether it is the request that is too large, not a text or a list in it that has too many characters or items.
bool is_of_bytes(const Error& error) {
  return error.field.empty() || error.field == "body" || error.field.ends_with("photo");
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

Error unexpected(const std::exception& exception) {
  return {ErrorCode::kInternal, std::string("an exception of type ") + typeid(exception).name(), ""};
}

int status_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
      return 400;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kConflict:
      return 409;
    case ErrorCode::kTooLarge:
      return is_of_bytes(error) ? 413 : 422;
    case ErrorCode::kUnsupported:
    case ErrorCode::kCorrupt:
      return 422;
    case ErrorCode::kUnavailable:
      return 503;
    case ErrorCode::kCancelled:
      return 499;  // nobody reads it: the client is gone
    case ErrorCode::kIo:
    case ErrorCode::kInternal:
      return 500;
  }
  return 500;
}

Json error_body(Protocol protocol, const Error& error, int status) {
  switch (protocol) {
    case Protocol::kOpenAi:
      return {{"error",
               {{"message", error.message},
                {"type", openai_type(status)},
                {"param", text_or_null(error.field)},
                {"code", openai_code(error, status)}}}};
    case Protocol::kOllama:
      return {{"error", error.message}};
    case Protocol::kRap:
      break;
  }
  return error_json(error);
}

}  // namespace rap::server
