// SPDX-License-Identifier: Apache-2.0
// How an owner wants to be answered.
#include <algorithm>

#include "rap/open.h"
#include "server/api/routes.h"
#include "server/form.h"
#include "server/object_reader.h"
#include "server/owner_settings.h"

namespace rap::server {
namespace {

Json number_or_null(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

Result<void> show(const Services& services, Call& call) {
  const Owner& owner = call.caller.owner;
  const auto settings = read_settings(services.memory(), owner);
  if (!settings) return Unexpected{settings.error()};
  const auto faces = services.assistant().face_status(owner);
  if (!faces) return Unexpected{faces.error()};
  const RecognizeOptions recognize = settings->applied_to(services.options.recognize);
  const Egress& egress = services.options.egress;
  const auto models = services.models.generators();
  call.reply({{"model", settings->model.value_or(models.front())},
              {"models", models},
              {"threshold", recognize.threshold},
              {"max_false_rate", number_or_null(recognize.max_false_rate)},
              {"faces", face_status_json(*faces)},
              {"egress",
               {{"remote", services.options.remote},
                {"photos", services.options.remote && egress.photos},
                {"names", services.options.remote && egress.names},
                {"info", services.options.remote && egress.info}}},
              {"version", version()}});
  return {};
}

Result<void> change(const Services& services, Call& call) {
  const Owner& owner = call.caller.owner;
  const auto form = read_form(services, call);
  if (!form) return Unexpected{form.error()};
  auto settings = read_settings(services.memory(), owner);
  if (!settings) return Unexpected{settings.error()};
  ObjectReader reader(form->members);
  if (const auto model = reader.text("model")) {
    if (const auto choice = services.models.choose(*model); !choice) return Unexpected{choice.error()};
    settings->model = model;
  }
  if (const auto threshold = reader.number("threshold", 0.0, 1.0)) settings->threshold = threshold;
  // null leaves the choice to the threshold again.
  if (form->members.contains("max_false_rate")) settings->max_false_rate = reader.number("max_false_rate", 0.0, 1.0);
  const auto faces = reader.boolean("faces");
  reader.allow_only({"model", "threshold", "max_false_rate", "faces"});
  if (auto read = reader.result(); !read) return read;
  if (faces) {
    if (const auto used = services.assistant().use_faces(owner, *faces); !used) return Unexpected{used.error()};
  }
  if (auto written = write_settings(services.memory(), owner, *settings); !written) return written;
  return show(services, call);
}

}  // namespace

void add_settings(Router& router, const Services& services) {
  router.add({.method = "GET", .path = "/rap/v1/settings", .scope = Scope::kRead, .handler = [&services](Call& call) {
                return show(services, call);
              }});
  router.add(
      {.method = "PATCH", .path = "/rap/v1/settings", .scope = Scope::kWrite, .handler = [&services](Call& call) {
         return change(services, call);
       }});
}

}  // namespace rap::server
