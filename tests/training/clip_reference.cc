// SPDX-License-Identifier: Apache-2.0
#include "tests/training/clip_reference.h"

#include <array>
#include <cmath>

#include "tests/training/formats_values.h"

namespace rap::training::testing {
namespace {

/// Rows of numbers, in double precision.
using Rows = std::vector<std::vector<double>>;

const std::string kVision = "vision_model.";

void add(Tensors& tensors, const std::string& name, const std::vector<std::int64_t>& shape, float mean,
         float deviation) {
  std::int64_t count = 1;
  for (const std::int64_t side : shape) count *= side;
  auto values = random_values(count, deviation);
  for (float& value : values) value += mean;
  tensors[name] = {shape, std::move(values)};
}

void add_linear(Tensors& tensors, const std::string& name, std::int64_t out, std::int64_t in) {
  add(tensors, name + ".weight", {out, in}, 0.0F, 0.2F);
  add(tensors, name + ".bias", {out}, 0.0F, 0.1F);
}

void add_norm(Tensors& tensors, const std::string& name, std::int64_t size) {
  add(tensors, name + ".weight", {size}, 1.0F, 0.1F);
  add(tensors, name + ".bias", {size}, 0.0F, 0.1F);
}

Rows linear(const Tensors& tensors, const std::string& name, const Rows& input) {
  const Tensor& weight = tensors.at(name + ".weight");
  const Tensor& bias = tensors.at(name + ".bias");
  const auto width = static_cast<std::size_t>(weight.shape[1]);
  Rows output(input.size(), std::vector<double>(bias.values.begin(), bias.values.end()));
  for (std::size_t row = 0; row < input.size(); ++row) {
    for (std::size_t out = 0; out < bias.values.size(); ++out) {
      for (std::size_t in = 0; in < width; ++in) {
        output[row][out] += static_cast<double>(weight.values[out * width + in]) * input[row][in];
      }
    }
  }
  return output;
}

Rows normed(const Tensors& tensors, const std::string& name, Rows rows) {
  const auto& weight = tensors.at(name + ".weight").values;
  const auto& bias = tensors.at(name + ".bias").values;
  for (auto& row : rows) {
    double mean = 0.0;
    for (const double value : row) mean += value / static_cast<double>(row.size());
    double variance = 0.0;
    for (const double value : row) variance += (value - mean) * (value - mean) / static_cast<double>(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] =
          (row[i] - mean) / std::sqrt(variance + 1e-5) * static_cast<double>(weight[i]) + static_cast<double>(bias[i]);
    }
  }
  return rows;
}

void add_to(Rows& rows, const Rows& more) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < rows[i].size(); ++j) rows[i][j] += more[i][j];
  }
}

/// softmax(q k^T / sqrt(d)) v, head by head.
Rows attended(const Rows& query, const Rows& key, const Rows& value, std::size_t heads) {
  const std::size_t count = query.size();
  const std::size_t size = query[0].size() / heads;
  Rows output(count, std::vector<double>(query[0].size(), 0.0));
  for (std::size_t head = 0; head < heads; ++head) {
    for (std::size_t to = 0; to < count; ++to) {
      std::vector<double> weights(count, 0.0);
      double sum = 0.0;
      for (std::size_t from = 0; from < count; ++from) {
        double product = 0.0;
        for (std::size_t i = head * size; i < (head + 1) * size; ++i) product += query[to][i] * key[from][i];
        weights[from] = std::exp(product / std::sqrt(static_cast<double>(size)));
        sum += weights[from];
      }
      for (std::size_t from = 0; from < count; ++from) {
        for (std::size_t i = head * size; i < (head + 1) * size; ++i) {
          output[to][i] += weights[from] / sum * value[from][i];
        }
      }
    }
  }
  return output;
}

/// The class token and the patches of the picture, with their positions.
Rows embedded(const TinyClip& clip, const Tensors& tower, const Image& picture, ClassToken place) {
  constexpr std::array<double, 3> kMean{0.48145466, 0.4578275, 0.40821073};
  constexpr std::array<double, 3> kDeviation{0.26862954, 0.26130258, 0.27577711};
  const auto& kernel = tower.at(kVision + "embeddings.patch_embedding.weight").values;
  const auto& classes = tower.at(kVision + "embeddings.class_embedding").values;
  const auto& positions = tower.at(kVision + "embeddings.position_embedding.weight").values;
  const std::int64_t side = clip.image / clip.patch;
  Rows rows;
  for (std::int64_t cell = 0; cell < clip.patches(); ++cell) {
    std::vector<double> row(static_cast<std::size_t>(clip.width), 0.0);
    std::size_t at = 0;  // in the kernel: [width, colour, y, x]
    for (double& value : row) {
      for (std::size_t colour = 0; colour < 3; ++colour) {
        for (std::int64_t y = 0; y < clip.patch; ++y) {
          for (std::int64_t x = 0; x < clip.patch; ++x) {
            const std::int64_t pixel = (cell / side * clip.patch + y) * clip.image + cell % side * clip.patch + x;
            const double level = picture.rgb[static_cast<std::size_t>(pixel) * 3 + colour] / 255.0;
            value += static_cast<double>(kernel[at++]) * (level - kMean[colour]) / kDeviation[colour];
          }
        }
      }
    }
    rows.push_back(std::move(row));
  }
  rows.insert(place == ClassToken::kFirst ? rows.begin() : rows.end(),
              std::vector<double>(classes.begin(), classes.end()));
  std::size_t at = 0;
  for (auto& row : rows) {
    for (double& value : row) value += static_cast<double>(positions[at++]);
  }
  return rows;
}

}  // namespace

Tensors random_tower(const TinyClip& clip) {
  Tensors tensors;
  add(tensors, kVision + "embeddings.class_embedding", {clip.width}, 0.0F, 0.2F);
  add(tensors, kVision + "embeddings.patch_embedding.weight", {clip.width, 3, clip.patch, clip.patch}, 0.0F, 0.1F);
  add(tensors, kVision + "embeddings.position_embedding.weight", {clip.patches() + 1, clip.width}, 0.0F, 0.5F);
  add_norm(tensors, kVision + "pre_layrnorm", clip.width);
  for (std::int64_t i = 0; i < clip.layers; ++i) {
    const std::string layer = kVision + "encoder.layers." + std::to_string(i) + ".";
    for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      add_linear(tensors, layer + "self_attn." + part, clip.width, clip.width);
    }
    add_norm(tensors, layer + "layer_norm1", clip.width);
    add_norm(tensors, layer + "layer_norm2", clip.width);
    add_linear(tensors, layer + "mlp.fc1", clip.hidden, clip.width);
    add_linear(tensors, layer + "mlp.fc2", clip.width, clip.hidden);
  }
  add_norm(tensors, kVision + "post_layernorm", clip.width);
  return tensors;
}

Tensors random_projector(const TinyClip& clip) {
  Tensors tensors;
  add_linear(tensors, "model.mm_projector.0", clip.text_width, clip.width);
  add_linear(tensors, "model.mm_projector.2", clip.text_width, clip.text_width);
  return tensors;
}

std::string config_json(const TinyClip& clip) {
  const auto entry = [](const char* key, std::int64_t value) {
    return "\"" + std::string(key) + "\": " + std::to_string(value) + ", ";
  };
  return "{" + entry("hidden_size", clip.width) + entry("intermediate_size", clip.hidden) +
         entry("num_attention_heads", clip.heads) + entry("num_hidden_layers", clip.layers) +
         entry("image_size", clip.image) + entry("patch_size", clip.patch) +
         R"("layer_norm_eps": 1e-5, "hidden_act": "quick_gelu"})";
}

std::vector<float> visual_tokens(const TinyClip& clip, const Tensors& tower, const Tensors& projector,
                                 const Image& picture, ClassToken place) {
  Rows rows = normed(tower, kVision + "pre_layrnorm", embedded(clip, tower, picture, place));
  for (std::int64_t i = 0; i + 1 < clip.layers; ++i) {
    const std::string layer = kVision + "encoder.layers." + std::to_string(i) + ".";
    const Rows before = normed(tower, layer + "layer_norm1", rows);
    const Rows mixed =
        attended(linear(tower, layer + "self_attn.q_proj", before), linear(tower, layer + "self_attn.k_proj", before),
                 linear(tower, layer + "self_attn.v_proj", before), static_cast<std::size_t>(clip.heads));
    add_to(rows, linear(tower, layer + "self_attn.out_proj", mixed));
    Rows hidden = linear(tower, layer + "mlp.fc1", normed(tower, layer + "layer_norm2", rows));
    for (auto& row : hidden) {
      for (double& value : row) value /= 1.0 + std::exp(-1.702 * value);
    }
    add_to(rows, linear(tower, layer + "mlp.fc2", hidden));
  }
  rows.erase(rows.begin());
  Rows projected = linear(projector, "model.mm_projector.0", rows);
  for (auto& row : projected) {
    for (double& value : row) value *= 0.5 * (1.0 + std::erf(value / std::sqrt(2.0)));
  }
  std::vector<float> tokens;
  for (const auto& row : linear(projector, "model.mm_projector.2", projected))
    tokens.insert(tokens.end(), row.begin(), row.end());
  return tokens;
}

}  // namespace rap::training::testing
