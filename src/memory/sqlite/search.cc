// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>

#include "core/files.h"
#include "core/hash.h"
#include "memory/search_terms.h"
#include "memory/sqlite/rows.h"

namespace rap::sqlite {
namespace {

/// The owner as one word of the index, so that a search is limited to the owner's rows by the
/// index itself.
std::string owner_term(const OwnerRows& rows) { return sha256_hex(as_bytes(rows.owner)); }

/// Terms hold letters and digits only, and the index's tokenizer splits at nothing else: a term
/// is exactly one token of FTS5.
void append_terms(std::string& document, std::string_view text) {
  for (const std::string& term : index_terms(text)) document += term + " ";
}

std::string names_document(const Concept& subject) {
  std::string document;
  append_terms(document, subject.name);
  for (const std::string& alias : subject.aliases) append_terms(document, alias);
  return document;
}

std::string document_of(std::string_view text) {
  std::string document;
  append_terms(document, text);
  return document;
}

std::string attributes_document(const Concept& subject) {
  std::string document;
  for (const auto& [key, value] : subject.attributes) {
    append_terms(document, key);
    append_terms(document, value);
  }
  return document;
}

/// `owner : "..." AND {names ...} : ("term" OR "term")` in FTS5's query language.
std::string match_expression(const OwnerRows& rows, const std::vector<std::string>& terms) {
  std::string expression = "owner : \"" + owner_term(rows) + "\" AND {names category info attributes} : (";
  for (std::size_t i = 0; i < terms.size(); ++i) {
    expression += (i == 0 ? "\"" : " OR \"") + terms[i] + "\"";
  }
  return expression + ")";
}

}  // namespace

void index_concept(const OwnerRows& rows, std::int64_t row, const Concept& subject) {
  unindex_concept(rows, row);
  rows.database
      .prepare("INSERT INTO concept_text (rowid, owner, names, category, info, attributes) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(row, owner_term(rows), names_document(subject), document_of(subject.category), document_of(subject.info),
            attributes_document(subject))
      .run();
}

void unindex_concept(const OwnerRows& rows, std::int64_t row) {
  rows.database.prepare("DELETE FROM concept_text WHERE rowid = ?").bind(row).run();
}

std::vector<TextHit> search(const OwnerRows& rows, std::string_view query, std::size_t limit) {
  std::vector<TextHit> hits;
  const std::vector<std::string> terms = query_terms(query);
  if (terms.empty()) return hits;
  // Weights of the columns: the owner says nothing; a name says more than a category, and that
  // more than the free text. FTS5's bm25() is smaller for better rows.
  Statement statement = rows.database.prepare(
      "SELECT concepts.id, -bm25(concept_text, 0.0, 4.0, 2.0, 1.0, 1.0) AS score "
      "FROM concept_text JOIN concepts ON concepts.row = concept_text.rowid "
      "WHERE concept_text MATCH ? AND concepts.owner = ? ORDER BY score DESC, concepts.folded_name LIMIT ?");
  statement.bind(match_expression(rows, terms), rows.owner,
                 static_cast<std::int64_t>(std::min<std::size_t>(limit, INT32_MAX)));
  while (statement.step()) hits.push_back({statement.text(0), static_cast<float>(statement.real(1))});
  return hits;
}

void erase_rows(const OwnerRows& rows) {
  rows.database.prepare("DELETE FROM concept_text WHERE rowid IN (SELECT row FROM concepts WHERE owner = ?)")
      .bind(rows.owner)
      .run();
  rows.database.prepare("DELETE FROM concepts WHERE owner = ?").bind(rows.owner).run();
  rows.database.prepare("DELETE FROM history WHERE owner = ?").bind(rows.owner).run();
  rows.database.prepare("DELETE FROM photos WHERE owner = ?").bind(rows.owner).run();
  rows.database.prepare("DELETE FROM settings WHERE owner = ?").bind(rows.owner).run();
  // Deleted words stay in the index's segments until these are merged.
  rows.database.execute("INSERT INTO concept_text (concept_text) VALUES ('optimize')");
}

}  // namespace rap::sqlite
