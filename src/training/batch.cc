// SPDX-License-Identifier: Apache-2.0
#include "training/batch.h"

#include <algorithm>

#include "core/random.h"

namespace rap::training {
namespace {

constexpr std::size_t kSortedBatches = 64;  ///< about so many batches are sorted together

torch::Tensor tensor_of(const std::vector<std::int64_t>& values) { return torch::tensor(values, torch::kInt64); }

/// Writes one lesson into the places of its row.
class RowWriter {
 public:
  RowWriter(Batch& batch, std::int64_t row)
      : first_(row * batch.layout.length),
        tokens_(batch.tokens.data_ptr<std::int64_t>() + first_),
        positions_(batch.layout.positions.data_ptr<std::int64_t>() + first_),
        visible_(reinterpret_cast<Visible*>(batch.layout.visible.data_ptr<std::int32_t>()) + first_) {}

  struct Found {
    std::vector<std::int64_t> visual;
    std::vector<std::int64_t> rows;
    std::vector<std::int64_t> targets;
  };

  void write(const Lesson& lesson, Found& found) {
    const std::size_t shared = lesson.beginning.size();
    for (std::size_t i = 0; i < shared; ++i) {
      put(i, lesson.beginning[i], i, {0, 0, static_cast<std::int32_t>(i + 1)}, found);
    }
    std::size_t place = shared;
    for (const Branch& branch : lesson.branches) {
      const auto begin = static_cast<std::int32_t>(place);
      for (std::size_t i = 0; i < branch.tokens.size(); ++i, ++place) {
        put(place, branch.tokens[i], shared + i,
            {static_cast<std::int32_t>(shared), begin, static_cast<std::int32_t>(place + 1)}, found);
        if (i < branch.answer) continue;
        // The token before: of the branch, or the last one of the beginning.
        found.rows.push_back(first_ + static_cast<std::int64_t>(i > 0 ? place - 1 : shared - 1));
        found.targets.push_back(branch.tokens[i]);
      }
    }
  }

 private:
  void put(std::size_t place, std::int32_t token, std::size_t position, const Visible& visible, Found& found) {
    if (token == kVisualToken) found.visual.push_back(first_ + static_cast<std::int64_t>(place));
    tokens_[place] = std::max(token, 0);
    positions_[place] = static_cast<std::int64_t>(position);
    visible_[place] = visible;
  }

  std::int64_t first_;
  std::int64_t* tokens_;
  std::int64_t* positions_;
  Visible* visible_;
};

}  // namespace

Batch make_batch(const std::vector<const Lesson*>& lessons) {
  std::size_t longest = 0;
  for (const Lesson* lesson : lessons) longest = std::max(longest, lesson->tokens());
  Batch batch;
  batch.layout.sequences = static_cast<std::int64_t>(lessons.size());
  batch.layout.length = static_cast<std::int64_t>(longest);
  const std::int64_t places = batch.layout.sequences * batch.layout.length;
  batch.tokens = torch::zeros({places}, torch::kInt64);
  batch.layout.positions = torch::zeros({places}, torch::kInt64);
  batch.layout.visible = torch::zeros({places, 3}, torch::kInt32);
  RowWriter::Found found;
  for (std::size_t row = 0; row < lessons.size(); ++row) {
    RowWriter(batch, static_cast<std::int64_t>(row)).write(*lessons[row], found);
    batch.pictures.insert(batch.pictures.end(), lessons[row]->pictures.begin(), lessons[row]->pictures.end());
  }
  batch.visual_places = tensor_of(found.visual);
  batch.answer_rows = tensor_of(found.rows);
  batch.answer_tokens = tensor_of(found.targets);
  return batch;
}

std::vector<std::vector<std::size_t>> plan_batches(const std::vector<Lesson>& lessons, std::vector<std::size_t> chosen,
                                                   std::size_t batch_tokens, std::uint64_t seed) {
  Random random(seed);
  random.shuffle(chosen);
  std::vector<std::vector<std::size_t>> batches;
  const auto by_length = [&](std::size_t a, std::size_t b) {
    return lessons[a].tokens() != lessons[b].tokens() ? lessons[a].tokens() > lessons[b].tokens() : a < b;
  };
  for (std::size_t begin = 0; begin < chosen.size();) {
    std::size_t end = begin;
    for (std::size_t tokens = 0; end < chosen.size() && tokens < kSortedBatches * batch_tokens; ++end) {
      tokens += lessons[chosen[end]].tokens();
    }
    std::sort(chosen.begin() + static_cast<std::ptrdiff_t>(begin), chosen.begin() + static_cast<std::ptrdiff_t>(end),
              by_length);
    for (; begin < end; ++begin) {
      // The first of a batch is its longest.
      const bool is_full = batches.empty() || batches.back().empty() ||
                           (batches.back().size() + 1) * lessons[batches.back().front()].tokens() > batch_tokens;
      if (is_full) batches.emplace_back();
      batches.back().push_back(chosen[begin]);
    }
    batches.emplace_back();  // the next stretch begins a batch of its own
  }
  std::erase_if(batches, [](const auto& batch) { return batch.empty(); });
  random.shuffle(batches);
  return batches;
}

}  // namespace rap::training
