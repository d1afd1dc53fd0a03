// SPDX-License-Identifier: Apache-2.0
#include "assistant/face_finder.h"

#include <algorithm>
#include <cstring>

#include "assistant/gallery_cache.h"
#include "assistant/look.h"

namespace rap {
namespace {

constexpr std::string_view kSetting = "faces";
constexpr std::string_view kOn = "on";
constexpr std::string_view kOff = "off";

Unexpected missing_encoder() {
  return fail(ErrorCode::kNotFound,
              "the weights for faces are missing: run scripts/bootstrap.sh, or switch faces off with `rap faces off`");
}

/// A template as it is kept: its numbers, or nothing for a view without a face.
std::optional<FaceTemplate> template_from_bytes(std::span<const std::byte> bytes) {
  FaceTemplate numbers{};
  if (bytes.size() != sizeof numbers) return std::nullopt;
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

}  // namespace

FaceFinder::FaceFinder(Memory& memory, const FaceEncoder* encoder) : memory_(memory), encoder_(encoder) {}

Result<void> FaceFinder::use(const Owner& owner, bool on) {
  if (on && encoder_ == nullptr) return missing_encoder();
  if (auto set = memory_.set_setting(owner, kSetting, on ? kOn : kOff); !set) return set;
  if (on) return {};
  return memory_.drop_derived(owner, kFaceFingerprint);
}

Result<FaceStatus> FaceFinder::status(const Owner& owner, const Gallery& gallery) {
  const auto known = people(owner, gallery);
  if (!known) return Unexpected{known.error()};
  return (*known)->status;
}

Result<void> FaceFinder::refine(const Owner& owner, const Gallery& gallery, const Image& photo,
                                const RecognizeOptions& options, Recognition& recognition) {
  const auto known = people(owner, gallery);
  if (!known) return Unexpected{known.error()};
  if ((*known)->status.on && encoder_ == nullptr) return missing_encoder();
  const std::vector<KnownFace>& templates = (*known)->faces;
  if (templates.empty()) return {};
  const auto faces = encoder_->faces(photo);
  if (!faces) return Unexpected{faces.error()};
  merge_faces(gallery, *faces, templates, match_faces(*faces, templates), options, recognition);
  return {};
}

Result<std::shared_ptr<const FaceFinder::People>> FaceFinder::people(const Owner& owner, const Gallery& gallery) {
  const std::lock_guard lock(mutex_);
  auto& known = people_[owner.id];
  if (known && known->revision == gallery.revision()) return known;
  auto fresh = build(owner, gallery);
  if (fresh) known = *fresh;
  return fresh;
}

Result<std::shared_ptr<const FaceFinder::People>> FaceFinder::build(const Owner& owner, const Gallery& gallery) const {
  const auto setting = memory_.setting(owner, kSetting);
  if (!setting) return Unexpected{setting.error()};
  auto people = std::make_shared<People>();
  people->revision = gallery.revision();
  people->status.available = encoder_ != nullptr;
  people->status.on = *setting == kOn;
  const bool usable = people->status.on && people->status.available;
  std::map<std::string, Bytes> kept;
  if (usable) {
    auto all = memory_.derived_all(owner, encoder_->fingerprint());
    if (!all) return Unexpected{all.error()};
    kept = std::move(*all);
  }
  for (std::size_t i = 0; i < gallery.concepts().size(); ++i) {
    const Concept& person = gallery.concepts()[i];
    if (!is_person(person) || !is_searchable(person)) continue;
    ++people->status.people;
    if (!usable) continue;
    bool has_template = false;
    for (const View& view : person.views) {
      const auto found = kept.find(view_key(view.photo, view.box));
      const auto bytes =
          found != kept.end() ? Result<Bytes>(found->second) : make_template(owner, view, gallery.revision());
      if (!bytes) return Unexpected{bytes.error()};
      const auto numbers = template_from_bytes(*bytes);
      if (!numbers) continue;
      people->faces.push_back({.concept_index = i, .numbers = *numbers, .kind = kind_of(view)});
      has_template = has_template || kind_of(view) == ViewRow::Kind::kConfirmed;
    }
    if (has_template) ++people->status.with_template;
  }
  return std::shared_ptr<const People>(std::move(people));
}

Result<Bytes> FaceFinder::make_template(const Owner& owner, const View& view, std::uint64_t revision) const {
  const auto photo = stored_photo(memory_, owner, view.photo);
  if (!photo) return Unexpected{photo.error()};
  // The whole photo, though a part of it is meant: a face is found with what is around it.
  const auto look = decode_look(*photo, std::nullopt);
  if (!look) return Unexpected{look.error()};
  const auto faces = encoder_->faces(look->image);
  if (!faces) return Unexpected{faces.error()};
  const auto theirs = std::find_if(faces->begin(), faces->end(),
                                   [&](const Face& face) { return !view.box || is_inside(face, *view.box); });
  Bytes bytes = theirs == faces->end() ? Bytes() : embeddings_to_bytes(theirs->numbers);
  const DerivedKey key{view_key(view.photo, view.box), encoder_->fingerprint()};
  if (auto stored = memory_.keep_derived(owner, key, bytes); !stored) return Unexpected{stored.error()};
  // Whoever refused, or switched faces off, since the gallery was made has erased templates before
  // this one came.
  const auto now = memory_.revision(owner);
  if (!now) return Unexpected{now.error()};
  if (*now != revision) {
    if (auto dropped = memory_.drop_derived(owner, kFaceFingerprint); !dropped) return Unexpected{dropped.error()};
  }
  return bytes;
}

}  // namespace rap
