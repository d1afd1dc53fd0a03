// SPDX-License-Identifier: Apache-2.0
#include "app/lazy_generator.h"

#include <mutex>
#include <optional>

namespace rap {
namespace {

class LazyGenerator final : public Generator {
 public:
  explicit LazyGenerator(std::function<Result<std::unique_ptr<Generator>>()> open) : open_(std::move(open)) {}

  [[nodiscard]] const GeneratorInfo& info() const noexcept override {
    return opened() ? (*opened_)->get()->info() : unopened_;
  }

  [[nodiscard]] Result<Bytes> encode_picture(const Image& image, const FeatureMap* features) const override {
    if (!opened()) return Unexpected{opened_->error()};
    return (*opened_)->get()->encode_picture(image, features);
  }

  [[nodiscard]] Result<Generation> generate(const Prompt& prompt, const GenerateOptions& options,
                                            const OnText& on_text) const override {
    if (!opened()) return Unexpected{opened_->error()};
    return (*opened_)->get()->generate(prompt, options, on_text);
  }

 private:
  bool opened() const noexcept {
    std::call_once(once_, [this] { opened_.emplace(open_()); });
    return opened_->has_value();
  }

  const std::function<Result<std::unique_ptr<Generator>>()> open_;
  const GeneratorInfo unopened_;
  mutable std::once_flag once_;
  mutable std::optional<Result<std::unique_ptr<Generator>>> opened_;  // written once, under once_
};

}  // namespace

std::unique_ptr<Generator> make_lazy_generator(std::function<Result<std::unique_ptr<Generator>>()> open) {
  return std::make_unique<LazyGenerator>(std::move(open));
}

}  // namespace rap
