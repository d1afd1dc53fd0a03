// SPDX-License-Identifier: Apache-2.0
#include "app/lazy_generator.h"

#include <utility>

#include "core/lazy.h"

namespace rap {
namespace {

class LazyGenerator final : public Generator {
 public:
  explicit LazyGenerator(Lazy<Generator>::Open open) : generator_(std::move(open)) {}

  [[nodiscard]] const GeneratorInfo& info() const noexcept override {
    const auto& opened = generator_.get();
    return opened ? (*opened)->info() : unopened_;
  }

  [[nodiscard]] Result<Bytes> encode_picture(const Image& image, const FeatureMap* features) const override {
    const auto& opened = generator_.get();
    if (!opened) return Unexpected{opened.error()};
    return (*opened)->encode_picture(image, features);
  }

  [[nodiscard]] Result<Generation> generate(const Prompt& prompt, const GenerateOptions& options,
                                            const OnText& on_text) const override {
    const auto& opened = generator_.get();
    if (!opened) return Unexpected{opened.error()};
    return (*opened)->generate(prompt, options, on_text);
  }

 private:
  const Lazy<Generator> generator_;
  const GeneratorInfo unopened_;
};

}  // namespace

std::unique_ptr<Generator> make_lazy_generator(std::function<Result<std::unique_ptr<Generator>>()> open) {
  return std::make_unique<LazyGenerator>(std::move(open));
}

}  // namespace rap
