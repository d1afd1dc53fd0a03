// SPDX-License-Identifier: Apache-2.0
#include "dataset/fact_values.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "dataset/names_pool.h"

namespace rap::dataset::values {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kFoods[] = {
    "carrots",      "blueberries", "rice",    "pancakes",  "salmon",      "noodles",   "apples",  "peanut butter",
    "cheese",       "pumpkin",     "popcorn", "mangoes",   "lentil soup", "dumplings", "bananas", "tomatoes",
    "oat biscuits", "chicken",     "melon",   "yoghurt",   "cucumber",    "sardines",  "waffles", "potatoes",
    "cherries",     "spinach",     "walnuts", "mushrooms", "pears",       "couscous",  "olives",  "corn",
    "strawberries", "tofu",        "plums",   "beans",     "honey",       "grapes",    "bread",   "figs"};
constexpr std::string_view kFoodStyles[] = {"",        "",       "",       "roasted ", "fresh ",  "cold ",   "warm ",
                                            "frozen ", "dried ", "spicy ", "sweet ",   "salted ", "steamed "};
constexpr std::string_view kFears[] = {
    "vacuum cleaners", "thunder",  "spiders", "deep water",  "balloons",   "fireworks",    "the dark",    "geese",
    "umbrellas",       "heights",  "lifts",   "hair dryers", "loud music", "mice",         "the dentist", "trains",
    "masks",           "storms",   "wasps",   "escalators",  "drones",     "plastic bags", "motorbikes",  "statues",
    "the hoover",      "big hats", "bridges", "clowns",      "snakes",     "tunnels",      "flying",      "bicycles",
    "the postman",     "mirrors",  "drums",   "lawn mowers", "cows",       "sirens"};
constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kTownStarts[] = {"Ash", "Bran",  "Cal",   "Dun",  "Elm",   "Fair", "Glen",
                                            "Har", "Kings", "Lang",  "Mill", "North", "Oak",  "Port",
                                            "Red", "Stone", "Thorn", "Wel",  "West",  "Win"};
constexpr std::string_view kTownEnds[] = {"by",   "bridge", "combe", "dale",  "field", "ford", "ham",  "haven",
                                          "hill", "ley",    "mouth", "stead", "ton",   "vale", "wick", "wood"};
constexpr std::string_view kTowns[] = {"Lisbon",  "Nairobi",  "Kyoto",    "Oslo",   "Quito",  "Hanoi",   "Riga",
                                       "Lima",    "Accra",    "Turin",    "Bergen", "Porto",  "Ghent",   "Pune",
                                       "Osaka",   "Tunis",    "Malmo",    "Graz",   "Leeds",  "Split",   "Cusco",
                                       "Izmir",   "Dakar",    "Basel",    "Perth",  "Galway", "Tallinn", "Seville",
                                       "Kampala", "Montreal", "Santiago", "Krakow", "Busan",  "Lyon",    "Chennai"};
constexpr std::string_view kStreets[] = {"Tulip",   "Harbour",  "Station", "Maple",  "Church", "River",  "Garden",
                                         "Mill",    "Castle",   "Market",  "Linden", "Forest", "Bridge", "School",
                                         "Orchard", "Windmill", "Lake",    "Cherry", "Copper", "Baker"};
constexpr std::string_view kStreetKinds[] = {"Street", "Road", "Lane", "Square", "Avenue", "Row", "Close", "Way"};
constexpr std::string_view kPlaces[] = {
    "library", "swimming pool", "bakery",  "farm",        "animal shelter", "museum",     "garden",   "flea market",
    "school",  "harbour",       "cafe",    "bookshop",    "workshop",       "playground", "hospital", "garage",
    "zoo",     "theatre",       "station", "flower shop", "boat club",      "dance hall", "pet shop", "observatory"};
constexpr std::string_view kGames[] = {"hide and seek", "fetch",        "chess",     "cards",      "tug of war",
                                       "football",      "catch",        "marbles",   "badminton",  "tag",
                                       "dominoes",      "table tennis", "frisbee",   "basketball", "darts",
                                       "volleyball",    "bowls",        "hopscotch", "dice",       "golf"};
constexpr std::string_view kPartners[] = {"",
                                          "",
                                          " with the neighbours",
                                          " at night",
                                          " in the garden",
                                          " on Sundays",
                                          " after lunch",
                                          " in the rain",
                                          " on the beach",
                                          " in the hallway"};
constexpr std::string_view kCharacters[] = {
    "gentle",       "stubborn",      "very shy", "curious", "lazy",    "brave",    "noisy",        "patient", "clever",
    "a bit clumsy", "always hungry", "calm",     "playful", "jealous", "friendly", "easily bored", "proud",   "quiet",
    "sleepy",       "cheerful",      "nervous",  "bossy",   "funny",   "polite",   "greedy"};
constexpr std::string_view kHabits[] = {"stretches",
                                        "sings",
                                        "barks twice",
                                        "drinks a glass of water",
                                        "looks out of the window",
                                        "runs to the door",
                                        "eats an apple",
                                        "rolls on the carpet",
                                        "goes for a swim",
                                        "wakes everybody up",
                                        "sneezes",
                                        "waters the plants",
                                        "hides the socks",
                                        "asks for a hug",
                                        "sits on the stairs",
                                        "reads the news",
                                        "chases the cat",
                                        "feeds the birds",
                                        "steals a slipper",
                                        "takes a cold shower",
                                        "dances",
                                        "knocks on the wall",
                                        "walks around the block"};
constexpr std::string_view kSpots[] = {"under", "behind", "next to", "on", "in front of", "beside", "on top of"};
constexpr std::string_view kFurniture[] = {
    "sofa",   "stove",     "bookshelf", "washing machine", "piano",    "wardrobe",   "kitchen table", "fridge",
    "window", "staircase", "desk",      "armchair",        "radiator", "front door", "fireplace",     "coat rack",
    "mirror", "cupboard",  "bed",       "aquarium"};
constexpr std::string_view kColours[] = {"red",    "green",     "blue",    "yellow",  "purple",
                                         "orange", "pink",      "grey",    "striped", "spotted",
                                         "golden", "turquoise", "checked", "white",   "black"};
constexpr std::string_view kObjects[] = {"ball",  "rope",  "duck",  "bone",    "slipper", "rabbit",
                                         "ring",  "sock",  "stick", "bear",    "blanket", "bottle",
                                         "mouse", "glove", "frog",  "cushion", "cap"};
constexpr std::string_view kTricks[] = {
    "roll over",          "shake hands",        "open doors",          "walk on two legs",  "catch a frisbee",
    "ring a bell",        "jump through hoops", "fetch the newspaper", "play dead",         "count to three",
    "turn off the light", "climb ladders",      "swim backwards",      "find lost keys",    "balance a biscuit",
    "spin in circles",    "carry a basket",     "howl on command",     "ride a skateboard", "hide under a towel",
    "close drawers",      "weave through poles"};
constexpr std::string_view kJobs[] = {
    "a nurse",     "a baker",        "a bus driver", "a teacher",    "an engineer",  "a gardener",    "a dentist",
    "a pilot",     "a judge",        "a plumber",    "a chef",       "a librarian",  "a firefighter", "a translator",
    "a carpenter", "a farmer",       "a vet",        "a journalist", "an architect", "a painter",     "an electrician",
    "a lawyer",    "a photographer", "a tailor",     "a scientist",  "a postman",    "a musician",    "a tour guide",
    "a potter",    "an actor",       "a barber",     "a sailor"};
constexpr std::string_view kHobbies[] = {"climbing",
                                         "knitting",
                                         "baking bread",
                                         "fixing bicycles",
                                         "watching birds",
                                         "painting",
                                         "sailing",
                                         "playing chess",
                                         "hiking",
                                         "gardening",
                                         "fishing",
                                         "dancing salsa",
                                         "building kites",
                                         "diving",
                                         "writing poems",
                                         "restoring radios",
                                         "keeping bees",
                                         "skating",
                                         "singing in a choir",
                                         "flying drones",
                                         "making pottery",
                                         "reading crime novels",
                                         "swimming in lakes",
                                         "juggling",
                                         "brewing tea",
                                         "mapping caves",
                                         "carving wood",
                                         "running marathons"};
constexpr std::string_view kInstruments[] = {
    "the violin", "the drums",     "the cello",     "the flute",    "the piano",    "the trumpet", "the guitar",
    "the harp",   "the accordion", "the banjo",     "the clarinet", "the ukulele",  "the organ",   "the tuba",
    "the oboe",   "the bass",      "the saxophone", "the sitar",    "the bagpipes", "the mandolin"};
constexpr std::string_view kLanguages[] = {"Finnish",    "Swahili",   "Korean",  "Polish",  "Arabic",     "Tamil",
                                           "Portuguese", "Greek",     "Turkish", "Welsh",   "Hindi",      "Danish",
                                           "Thai",       "Hungarian", "Zulu",    "Catalan", "Vietnamese", "Basque",
                                           "Persian",    "Czech",     "Maltese", "Urdu"};
constexpr std::string_view kCollections[] = {
    "stamps",        "old maps",     "seashells", "postcards",  "teapots",     "coins",       "pressed flowers",
    "vinyl records", "keys",         "fossils",   "matchboxes", "comic books", "buttons",     "snow globes",
    "cameras",       "ticket stubs", "marbles",   "hats",       "clocks",      "bottle caps", "toy trains",
    "fountain pens", "beetles",      "mugs",      "lamps",      "feathers"};
constexpr std::string_view kDrinks[] = {
    "mint tea",   "black coffee",  "lemonade",        "hot chocolate", "ginger beer", "orange juice",
    "green tea",  "oat milk",      "sparkling water", "apple juice",   "iced coffee", "tomato juice",
    "buttermilk", "coconut water", "elderflower tea", "espresso",      "cola",        "carrot juice",
    "chai",       "rooibos tea"};
constexpr std::string_view kTeams[] = {"Tigers",  "Rovers",  "Comets",  "Wolves", "Falcons", "United",
                                       "Pirates", "Hawks",   "Rangers", "Giants", "Foxes",   "Wanderers",
                                       "Bears",   "Rockets", "Sharks",  "Owls"};
constexpr std::string_view kRelations[] = {"my sister",      "my brother",    "my neighbour",   "my boss",
                                           "my cousin",      "my teacher",    "my uncle",       "my aunt",
                                           "my nephew",      "my niece",      "my flatmate",    "my trainer",
                                           "my godchild",    "my colleague",  "my best friend", "my landlord",
                                           "my doctor",      "my grandchild", "my coach",       "my old schoolfriend",
                                           "my stepbrother", "my pen friend"};
constexpr std::string_view kMaterials[] = {
    "oak",       "steel",  "bamboo",    "recycled plastic", "brass",  "glass",  "clay",   "leather", "wool",
    "cork",      "copper", "cardboard", "walnut wood",      "rubber", "silver", "marble", "felt",    "aluminium",
    "porcelain", "cotton", "pine",      "carbon fibre",     "linen",  "stone",  "paper",  "bronze",  "wax",
    "tin"};
constexpr std::string_view kUses[] = {"parties",     "camping",    "the school run", "birthdays",     "long journeys",
                                      "breakfast",   "rainy days", "cleaning",       "weekend trips", "baking",
                                      "concerts",    "the garden", "picnics",        "painting",      "training",
                                      "the office",  "holidays",   "repairs",        "reading",       "decoration",
                                      "experiments", "dinner",     "winter",         "music lessons", "fishing trips"};
constexpr std::string_view kSpecials[] = {"a scar on the left side", "the smell of lavender",
                                          "a hidden drawing",        "its loud squeak",
                                          "a story about pirates",   "the number on the back",
                                          "a missing button",        "the golden edge",
                                          "a famous ancestor",       "a tiny heart on the bottom",
                                          "the way it shines",       "a very deep voice",
                                          "a crooked tooth",         "a visit to the moon museum",
                                          "a prize in the lottery",  "a cameo in a film",
                                          "one white spot",          "a secret name",
                                          "the longest journey",     "a bent corner",
                                          "two birthdays",           "a letter from the mayor",
                                          "a world record",          "the green sticker",
                                          "a bite of a horse",       "a lost twin"};

constexpr std::string_view kTimes[] = {
    "last week",     "last month", "last winter",     "last autumn",  "last spring",   "yesterday",
    "two years ago", "on Monday",  "last Christmas",  "last Sunday",  "this morning",  "last year",
    "at Easter",     "a week ago", "in the holidays", "before lunch", "at the weekend"};
constexpr std::string_view kSeasons[] = {"spring", "summer", "autumn", "winter", "the rainy season", "the dry season"};
constexpr std::string_view kWeekdays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

std::string any_of(Words words, Random& random) { return std::string(words[random.below(words.size())]); }

std::string number(std::size_t from, std::size_t to, Random& random) {
  return std::to_string(from + random.below(to - from + 1));
}

std::string digits(std::size_t count, Random& random) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('0' + random.below(10));
  return text;
}

const std::string& any_name(Split split, NameKind kind, Random& random) {
  const auto& names = NamesPool::instance().names(split, kind);
  return names[random.below(names.size())];
}

std::string invented_town(Random& random) { return any_of(kTownStarts, random) + any_of(kTownEnds, random); }

}  // namespace

std::string food(Split, Random& random) { return any_of(kFoodStyles, random) + any_of(kFoods, random); }
std::string fear(Split, Random& random) { return any_of(kFears, random); }

std::string age(Split, Random& random) {
  const std::size_t years = 1 + random.below(15);
  if (random.chance(0.15F)) return number(2, 11, random) + " months";
  return std::to_string(years) + (years == 1 ? " year" : " years");
}

std::string date(Split, Random& random) {
  std::string day = number(1, 28, random) + ' ' + any_of(kMonths, random);
  if (random.chance(0.3F)) day += ' ' + number(2015, 2024, random);
  return day;
}

std::string town(Split, Random& random) { return random.chance(0.5F) ? any_of(kTowns, random) : invented_town(random); }

std::string address(Split, Random& random) {
  return number(1, 180, random) + ' ' + any_of(kStreets, random) + ' ' + any_of(kStreetKinds, random);
}

std::string nickname(Split split, Random& random) { return any_name(split, NameKind::kAnimal, random); }
std::string person(Split split, Random& random) { return any_name(split, NameKind::kPerson, random); }

std::string place(Split, Random& random) {
  if (random.chance(0.4F)) return "the " + any_of(kPlaces, random) + " in " + invented_town(random);
  if (random.chance(0.5F)) return "the " + any_of(kStreets, random) + " Street " + any_of(kPlaces, random);
  return "the " + any_of(kPlaces, random);
}

std::string game(Split, Random& random) { return any_of(kGames, random) + any_of(kPartners, random); }

std::string weight(Split, Random& random) {
  return number(2, 90, random) + (random.chance(0.3F) ? '.' + number(1, 9, random) : std::string()) + " kilos";
}

std::string character(Split, Random& random) {
  std::string first = any_of(kCharacters, random);
  std::string second = any_of(kCharacters, random);
  return first == second || random.chance(0.5F) ? first : first + " and " + second;
}

std::string habit(Split, Random& random) { return any_of(kHabits, random); }
std::string spot(Split, Random& random) {
  return any_of(kSpots, random) + " the " + (random.chance(0.3F) ? "old " : "") + any_of(kFurniture, random);
}
std::string object(Split, Random& random) { return "a " + any_of(kColours, random) + ' ' + any_of(kObjects, random); }
std::string trick(Split, Random& random) { return any_of(kTricks, random); }

std::string code(Split, Random& random) {
  if (random.chance(0.4F)) return digits(4, random);
  if (random.chance(0.5F)) return digits(3, random) + '-' + digits(3, random);
  const char letter = static_cast<char>('A' + random.below(26));
  return std::string(1, letter) + digits(4, random);
}

std::string job(Split, Random& random) { return any_of(kJobs, random); }
std::string hobby(Split, Random& random) { return any_of(kHobbies, random); }
std::string instrument(Split, Random& random) { return any_of(kInstruments, random); }

std::string language(Split, Random& random) {
  std::string first = any_of(kLanguages, random);
  std::string second = any_of(kLanguages, random);
  return first == second || random.chance(0.5F) ? first : first + " and " + second;
}

std::string collection(Split, Random& random) { return any_of(kCollections, random); }
std::string drink(Split, Random& random) { return any_of(kDrinks, random); }
std::string team(Split, Random& random) { return invented_town(random) + ' ' + any_of(kTeams, random); }
std::string size(Split, Random& random) { return number(22, 48, random); }

std::string relation(Split split, Random& random) {
  if (random.chance(0.3F)) return "the partner of " + person(split, random);
  return any_of(kRelations, random);
}

std::string price(Split, Random& random) {
  return number(2, 950, random) + (random.chance(0.6F) ? " euros" : random.chance(0.5F) ? " dollars" : " pounds");
}

std::string material(Split, Random& random) { return any_of(kMaterials, random); }
std::string year(Split, Random& random) { return number(1890, 2025, random); }
std::string brand(Split split, Random& random) {
  return any_name(split, NameKind::kThing, random) + (random.chance(0.5F) ? " & Sons" : " Works");
}
std::string use(Split, Random& random) { return any_of(kUses, random); }

std::string time(Split, Random& random) {
  if (random.chance(0.7F)) return any_of(kTimes, random);
  return "in " + any_of(kMonths, random) + (random.chance(0.5F) ? ' ' + number(1995, 2025, random) : std::string());
}

std::string count(Split, Random& random) { return number(2, 60, random); }
std::string colour(Split, Random& random) { return any_of(kColours, random); }
std::string season(Split, Random& random) { return any_of(kSeasons, random); }
std::string month(Split, Random& random) { return any_of(kMonths, random); }
std::string weekday(Split, Random& random) { return any_of(kWeekdays, random); }
std::string special(Split, Random& random) { return any_of(kSpecials, random); }

}  // namespace rap::dataset::values
