// SPDX-License-Identifier: Apache-2.0
#include "core/text.h"

#include <gtest/gtest.h>

namespace rap {
namespace {

using Words = std::vector<std::string>;

/// The bytes of `text` that find_name() found, e.g. {"Bo", "BO"}.
Words found(std::string_view text, std::string_view name) {
  Words pieces;
  for (const TextSpan& span : find_name(text, name))
    pieces.emplace_back(text.substr(span.begin, span.end - span.begin));
  return pieces;
}

TEST(Fold, EqualForms) {
  for (const char* text : {"ZOË", "zoe", "Ｚｏé", "  zoe\t", "Zo\u0065\u0308"}) EXPECT_EQ(fold(text), "zoe") << text;
  EXPECT_EQ(fold("a \n b\u00A0\u3000c"), "a b c");
  EXPECT_EQ(fold("Straße"), "strasse");
  EXPECT_EQ(fold("ﬁre №5"), "fire no5");
  EXPECT_EQ(fold("МИШКА"), fold("мишка"));
  EXPECT_EQ(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
}

TEST(Decomposed, TakesCharactersApart) {
  EXPECT_EQ(decomposed("Zoë"), "Zoe\u0308");
  EXPECT_EQ(decomposed("한"), "\u1112\u1161\u11AB");
  EXPECT_EQ(decomposed("ﬁ A"), "ﬁ A") << "compatibility forms stay";
  EXPECT_EQ(decomposed(""), "");
  EXPECT_EQ(decomposed("caf\xc3"), std::nullopt);
}

TEST(Fold, DifferentNamesStayDifferent) {
  EXPECT_NE(fold("Bo"), fold("Bob"));
  EXPECT_NE(fold("旺财"), fold("旺"));
  EXPECT_NE(fold("kot"), fold("кот"));
}

TEST(Fold, IsIdempotent) {
  for (const char* text : {"ZOË Müller", "새싹이", "旺财", "กระต่าย", "كلبٌ", "İstanbul", "ﬃ", "ǆ"}) {
    EXPECT_EQ(fold(fold(text)), fold(text)) << text;
  }
}

TEST(Fold, InvalidOrEmpty) {
  for (const char* text : {"", "   ", "\xFF", "a\xC3", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) EXPECT_EQ(fold(text), "");
}

TEST(CountCharacters, CountsCodePoints) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("Zoë"), 3U);
  EXPECT_EQ(count_characters("旺财😀"), 3U);
  EXPECT_FALSE(count_characters("a\xFF"));
  EXPECT_FALSE(count_characters("\xC0\x80"));
}

TEST(FindName, WholeWordsOnly) {
  EXPECT_EQ(found("Bo and BO, but not Bob, Bobo or hobo.", "bo"), (Words{"Bo", "BO"}));
  EXPECT_EQ(found("bo2 2bo b", "bo"), Words{});
  EXPECT_EQ(found("(Bo) \"Bo\" Bo! -Bo- Bo/Bo", "Bo").size(), 6U);
}

TEST(FindName, Possessives) {
  EXPECT_EQ(found("Bo's ball, Bo\u2019s bowl", "bo"), (Words{"Bo", "Bo"}));
  EXPECT_EQ(found("James' hat", "James"), Words{"James"});
}

TEST(FindName, Accents) {
  EXPECT_EQ(found("Where is ZOE? Here is Zoë.", "zoé"), (Words{"ZOE", "Zoë"}));
  EXPECT_EQ(found("Zo\u0065\u0308!", "Zoe"), Words{"Zo\u0065\u0308"});
}

TEST(FindName, NamesOfSeveralWords) {
  EXPECT_EQ(found("my  blue\nmug is blue mug", "Blue  Mug"), (Words{"blue\nmug", "blue mug"}));
  EXPECT_EQ(found("blue mugs", "blue mug"), Words{});
}

TEST(FindName, ScriptsWithoutSpaces) {
  EXPECT_EQ(found("我家旺财怕吸尘器，旺财！", "旺财").size(), 2U);
  EXPECT_EQ(found("กระต่ายชอบแครอท", "กระต่าย").size(), 1U);
  EXPECT_EQ(found("새싹이는 청소기를 무서워해요", "새싹이").size(), 1U);
  EXPECT_EQ(found("ポチが来た", "ポチ").size(), 1U);
  EXPECT_EQ(found("Bo的球", "Bo"), Words{"Bo"});
}

TEST(FindName, TakesWholeCharacters) {
  EXPECT_EQ(found("새싹일", "새싹이"), Words{}) << "the Jamo of one syllable are not taken apart";
  EXPECT_EQ(found("\u00BD", "1"), Words{});
  EXPECT_EQ(found("\uFB01n", "fin"), Words{"\uFB01n"});
}

TEST(FindName, SpacedScripts) {
  EXPECT_EQ(found("Где Мишка?", "мишка"), Words{"Мишка"});
  EXPECT_EQ(found("Мишкаа", "мишка"), Words{});
  EXPECT_EQ(found("أين كلب؟", "كلب"), Words{"كلب"});
}

TEST(FindName, SpansAreOfTheOriginalText) {
  const std::string text = "ﬁ ＢＯ is here";
  const auto spans = find_name(text, "bo");
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(text.substr(spans[0].begin, spans[0].end - spans[0].begin), "ＢＯ");
}

TEST(FindName, NothingInNothing) {
  EXPECT_TRUE(find_name("", "bo").empty());
  EXPECT_TRUE(find_name("bo", "").empty());
  EXPECT_TRUE(find_name("bo", "  ").empty());
  EXPECT_TRUE(find_name("\xFF", "bo").empty());
  EXPECT_TRUE(find_name("bo", "\xFF").empty());
  EXPECT_TRUE(mentions("is Bo here", "bo"));
  EXPECT_FALSE(mentions("is Bob here", "bo"));
}

TEST(TextWords, AreFoldedRuns) {
  EXPECT_EQ(words("Who's afraid of VACUUM-cleaners? Zoë, 4."),
            (Words{"who", "s", "afraid", "of", "vacuum", "cleaners", "zoe", "4"}));
  EXPECT_TRUE(words("... !? ").empty());
  EXPECT_TRUE(words("\xFF").empty());
}

TEST(Utf32, GoesBothWays) {
  for (const char* text : {"", "abc", "Zoë 旺财 😀"}) EXPECT_EQ(to_utf8(to_utf32(text)), text);
  EXPECT_EQ(to_utf32("ab\xFFz"), U"ab");
}

TEST(EscapeInvalid, KeepsTextAndTellsOtherBytesApart) {
  for (const char* text : {"", "Photos/Zoë 旺财.jpg", "a\\b"}) EXPECT_EQ(escape_invalid(text), text);
  EXPECT_EQ(escape_invalid("a\xFF"
                           "b\xC3"),
            "a\\xFFb\\xC3");
}

TEST(WrittenWithoutSpaces, KnowsScripts) {
  for (const char32_t code : {U'旺', U'ก', U'ポ', U'새', U'\u1100'}) EXPECT_TRUE(is_written_without_spaces(code));
  for (const char32_t code : {U'a', U'ж', U'ك', U'5', U' '}) EXPECT_FALSE(is_written_without_spaces(code));
}

}  // namespace
}  // namespace rap
