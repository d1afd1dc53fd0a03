// SPDX-License-Identifier: Apache-2.0
#include "cli/concept_flags.h"

#include <utility>

#include "cli/photos.h"

namespace rap::cli {
namespace {

/// A repeatable flag that takes one value each time, whatever the value looks like.
CLI::Option* add_repeatable(CLI::App& verb, const std::string& name, const std::string& help) {
  return verb.add_option(name, help)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

PhotoFlags add_photo_flags(CLI::App& verb, const std::string& photo_flag) {
  PhotoFlags flags;
  flags.verb = &verb;
  flags.photo =
      add_repeatable(verb, photo_flag, "A photo, or - for standard input; may be repeated")->type_name("FILE");
  flags.box = add_repeatable(verb, "--box", "The part of the photo before it, in pixels")->type_name("X,Y,W,H");
  return flags;
}

Result<std::vector<PhotoFlags::Item>> photo_items(const PhotoFlags& flags) {
  std::vector<PhotoFlags::Item> items;
  const auto& photos = flags.photo->results();
  const auto& boxes = flags.box->results();
  std::size_t next_box = 0;
  for (const CLI::Option* option : flags.verb->parse_order()) {
    if (option == flags.photo) {
      items.push_back({photos[items.size()], {}});
    } else if (option == flags.box) {
      if (items.empty() || !items.back().box.empty())
        return fail(ErrorCode::kInvalidArgument, "each --box follows the photo that it belongs to, one box a photo",
                    "arguments");
      items.back().box = boxes[next_box++];
    }
  }
  return items;
}

Result<LoadedViews> load_views(const Console& console, const PhotoFlags& flags) {
  const auto items = photo_items(flags);
  if (!items) return Unexpected{items.error()};
  LoadedViews loaded;
  loaded.files.reserve(items->size());  // views borrow from the elements
  for (const PhotoFlags::Item& item : *items) {
    auto file = read_photo(console, item.path);
    if (!file) return Unexpected{std::move(file).error()};
    loaded.files.push_back(*std::move(file));
    NewView view;
    view.photo = loaded.files.back();
    if (!item.box.empty()) {
      const auto box = parse_box(item.box, view.photo);
      if (!box) return Unexpected{box.error()};
      view.box = *box;
    }
    loaded.views.push_back(view);
  }
  return loaded;
}

void add_consent_flag(CLI::App& verb, std::optional<Consent>& consent) {
  static const std::map<std::string, Consent> kWords{
      {"given", Consent::kGiven}, {"refused", Consent::kRefused}, {"not-asked", Consent::kNotAsked}};
  verb.add_option_function<std::string>(
          "--consent", [&consent](const std::string& word) { consent = kWords.at(word); },
          "Whether the person agreed to be remembered")
      ->type_name("WORD")
      ->check(CLI::IsMember({"given", "refused", "not-asked"}));
}

Result<std::map<std::string, std::string>> parse_attributes(std::span<const std::string> texts) {
  std::map<std::string, std::string> attributes;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      return fail(ErrorCode::kInvalidArgument, "an attribute is key=value, for example --attr breed=corgi", "attr");
    attributes[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return attributes;
}

}  // namespace rap::cli
