// SPDX-License-Identifier: Apache-2.0
#include "cli/lookup.h"

#include <utility>

#include "cli/similar.h"

namespace rap::cli {
namespace {

constexpr std::size_t kPage = 500;

}  // namespace

Result<std::vector<Concept>> all_concepts(const Memory& memory, const Owner& owner) {
  std::vector<Concept> concepts;
  ListOptions options;
  options.limit = kPage;
  for (;;) {
    auto page = memory.list(owner, options);
    if (!page) return page;
    concepts.insert(concepts.end(), page->begin(), page->end());
    if (page->size() < kPage) return concepts;
    options.after_id = concepts.back().id;
  }
}

Result<Concept> find_concept(Context& context, const Memory& memory, std::string_view name_or_id) {
  auto named = memory.find(context.owner, name_or_id);
  if (!named) return Unexpected{std::move(named).error()};
  if (named->has_value()) return **std::move(named);
  auto identified = memory.get(context.owner, name_or_id);
  if (!identified) return Unexpected{std::move(identified).error()};
  if (identified->has_value()) return **std::move(identified);

  const auto concepts = all_concepts(memory, context.owner);
  if (!concepts) return Unexpected{concepts.error()};
  std::vector<std::string> names;
  for (const Concept& known : *concepts) {
    names.push_back(known.name);
    names.insert(names.end(), known.aliases.begin(), known.aliases.end());
  }
  context.did_you_mean = most_similar(name_or_id, names);
  return fail(ErrorCode::kNotFound, "no concept has that name, alias or id", "concept");
}

}  // namespace rap::cli
