// SPDX-License-Identifier: Apache-2.0
#include "dataset/names_pool.h"

#include <array>
#include <set>
#include <sstream>

#include "dataset/seed.h"

namespace rap::dataset {
namespace {

constexpr std::string_view kPeople =
    "Aaliyah Aaron Abebe Abel Adaeze Adam Adele Aditi Adrian Agnes Ahmed Aiko Aino Aisha Akio Akua Alba Albert "
    "Alejandro Alena Alfie Alice Alma Alva Amara Amelia Amina Amir Amit Ana Anders Andrea Anika Anita Anouk Antje "
    "Anton Anya Arash Ariel Arjun Arlo Arman Arnaud Arturo Arvid Asha Asif Astrid Atsuko Aurelio Axel Ayana Ayumi "
    "Aziz Beatriz Bela Benedikt Benita Bernd Berta Bilal Birgit Bjorn Bogdan Boris Branko Brigid Bruno Caleb Camila "
    "Carlos Carmen Cecilia Cedric Celeste Chandra Chen Chiara Chidi Chioma Chloe Claes Claudio Clemens Clara Conor "
    "Cosima Cyril Dagmar Daisuke Dalia Damir Daniela Dario Deepa Delphine Demir Denis Desmond Devika Diego Dilip "
    "Dimitri Dina Divya Dmitri Dolores Dorian Ebba Edda Edgar Edith Eduardo Efua Eiko Eileen Eitan Ekua Elena Elif "
    "Elin Elio Elsa Elvira Emeka Emil Emine Enrique Enzo Erika Ernesto Esra Esteban Eun Eva Ewa Fabian Fadi Farah "
    "Farid Fatima Federico Felicia Femi Fergus Fernanda Filip Fiona Flavia Florian Francesca Frida Fumiko Gabor "
    "Galina Ganesh Gemma Georgi Gerda Gianni Gideon Gintaras Giulia Goran Greta Guillermo Gunnar Gustavo Habib Hadiya "
    "Hakan Hala Hamid Hana Hannes Haruka Hassan Hedda Helga Henrik Hideo Hilda Hiroshi Hugo Hyun Ibrahim Ida Ignacio "
    "Igor Ikram Ilse Imani Imre Indira Ines Ingrid Irena Isabel Ismail Ivana Jaana Jacek Jadwiga Jamal Janek Janina "
    "Jarmila Jasmin Javier Jelena Jens Jesper Jiro Joaquin Johanna Jonas Jorge Josefa Jovan Juan Judit Julio Junko "
    "Kaede Kaisa Kamal Kamila Karim Karin Katarina Kavita Kazuo Keiko Kenji Khadija Kiran Kirsten Kofi Kojo Kristof "
    "Kwame Laila Lakshmi Lamar Lars Latifa Laura Leandro Leila Lena Leon Leonor Lidia Lieke Liang Linnea Liv Ljuba "
    "Lorenzo Lotte Lucia Ludwig Luisa Lukas Luz Maarten Magnus Mahmoud Maja Malik Manuel Marcel Marek Margit Mariam "
    "Marisol Marta Masako Mateo Matilde Maurizio Mehmet Mei Mikael Milan Milena Ming Mireille Miriam Mitsuko Mohan "
    "Moira Monique Mustafa Nadia Naima Nandini Naoki Natalia Nayeli Ndidi Neha Nehir Nella Nia Nicolai Nikhil Nils "
    "Nina Noah Noemi Noor Nora Nuria Obinna Odile Ola Oleg Olga Olivia Omar Orla Oscar Osman Otto Padma Paloma Paolo "
    "Parisa Pascal Pavel Pedro Pelle Petra Pilar Pooja Pradeep Priya Qiang Quentin Rafael Raj Ramona Rania Rashid "
    "Ravi Renata Ricardo Rikard Rina Roberto Rohan Romy Ronja Rosa Rukmini Ruben Runa Sabine Sadia Sakura Salim "
    "Samira Sandro Sanjay Santiago Saskia Satoshi Selma Sergio Shanti Shira Sigrid Simone Sina Siobhan Sofia Solveig "
    "Soraya Stefano Stella Suleiman Sunita Suresh Svea Svetlana Tadeusz Takeshi Tamar Tanvir Tariq Tatiana Tereza "
    "Thabo Theo Thora Tiago Tomoko Torsten Tove Tuomas Uchenna Ulla Uma Urs Ursula Valentin Vanya Vera Victor Viggo "
    "Vikram Vilma Violeta Vivek Vojtech Wanda Wei Wilma Wiktor Xavier Ximena Yael Yan Yara Yasmin Yolanda Yuki Yuri "
    "Yusuf Yvette Zainab Zara Zdenka Zeynep Zofia Zoran Zuri";

constexpr std::string_view kPets =
    "Ajax Apollo Archie Asterix Atlas Bagel Baloo Bandit Barkley Barnaby Basil Baxter Bean Beanie Beepo Bella Benji "
    "Bento Biko Bilbo Bingo Biscuit Bixby Bo Bodo Bolt Bongo Boomer Boots Bosco Brinkley Brownie Brutus Bubba Bubbles "
    "Buck Buddy Buster Button Byron Cali Casper Cashew Chai Charlie Chester Chewie Chico Chip Chonk Choco Churro "
    "Cinnamon Cleo Clover Cocoa Coco Cookie Copper Cosmo Cricket Crumpet Cupcake Daffy Dandy Dash Dexter Diesel Digby "
    "Dingo Dixie Dobby Domino Doodle Dottie Duffy Dumpling Dusty Echo Eddie Elmo Elvis Ember Falafel Fang Felix Fergie "
    "Fidget Figaro Figgy Fitz Fizz Floki Fluffy Fonzie Freckles Frodo Fudge Fuzz Garbo Gatsby Gigi Gilly Ginny Gizmo "
    "Gnocchi Goldie Goose Griffin Grits Gromit Gus Hamlet Hank Harley Hazelnut Henley Hershey Hobbes Homer Hoover "
    "Houdini Huxley Iggy Indy Inka Izzy Jabba Jasper Jazz Jello Jinx Juno Kaiju Kafka Kiki Kimchi Kiwi Kona Kuma "
    "Lady Latte Laska Lenny Lentil Leia Lilo Loki Lola Loopy Lulu Luna Macaroni Maggie Mango Marble Marley Marmalade "
    "Matcha Maui Max Maxi Meeko Merlin Midge Milo Mimi Minnow Miso Misty Mittens Mocha Moka Momo Monty Moose Mopsy "
    "Mozart Muffin Munchkin Mushu Nacho Nala Nanook Nemo Nibbles Niko Nimbus Noodle Nougat Nugget Nutmeg Oakley Obi "
    "Odie Olive Onyx Oreo Orion Otis Ozzy Pablo Paddington Pancake Panda Pango Patch Patches Peanut Pebbles Penny "
    "Pepper Perogi Pesto Petal Picasso Pickles Pico Piglet Pilot Ping Pip Pipkin Pippa Pixel Pixie Pluto Pogo Polka "
    "Pongo Popcorn Poppy Pretzel Prince Pudding Puffin Pumpkin Quill Quincy Rafiki Ralphie Ramen Rascal Ravioli Remy "
    "Ringo Risotto Rocco Rocket Rolo Romeo Roo Rover Rufus Rusty Saffron Sage Sammy Samosa Sarge Scamp Schnitzel Scout "
    "Shadow Sheba Simba Sirius Skipper Skittles Smokey Smudge Snickers Snoopy Snowy Socks Sparky Spock Sprocket Spud "
    "Stitch Strudel Sushi Taco Tango Tater Tesla Thor Tigger Tilly Timber Toby Tofu Toto Truffle Tucker Tulip Turbo "
    "Turnip Twix Ulysses Umber Vespa Vito Waffles Waldo Wally Walnut Whiskers Wicket Widget Wiggles Willow Winston "
    "Wookie Yappy Yeti Yoda Yogi Yuzu Zappa Zazu Zelda Ziggy Zippy Zorro";

/// Nicknames are a first and a second part.
constexpr std::string_view kNickFirst =
    "Old Little Big Lucky Captain Miss Mister Doctor Lady Sir Uncle Auntie Rusty Sunny Dusty Mighty Sleepy Jolly "
    "Fuzzy Grumpy Silver Golden Velvet Tiny Professor Madame Count Baron Speedy Crispy";
constexpr std::string_view kNickSecond =
    "Blue Red Fig Plum Ash Bell Gale Moss Fern Pip Dot Finch Wren Rook Bramble Thistle Pebble Comet Ember Button "
    "Whisk Kettle Pickle Biscuit Nutmeg Clover Acorn Teapot Mabel Hector Gus Olga Clyde Betty Ned Tilda";
constexpr std::string_view kSurnames =
    "Abara Almeida Banerjee Castellan Dupont Eriksen Fontaine Gupta Haddad Ito Jansen Kowalska Lindqvist Mbeki Novak "
    "Okafor Petrova Quist Rossi Sato Tanaka Ueda Varga Weiss Yilmaz Zhou";

/// Made-up names: open syllables, now and then closed at the end.
constexpr std::array<std::string_view, 30> kOnsets = {"b",  "d",  "f",  "g",  "h",  "j",  "k",  "l",  "m",  "n",
                                                      "p",  "r",  "s",  "t",  "v",  "w",  "y",  "z",  "br", "dr",
                                                      "gl", "kr", "tr", "sh", "th", "ch", "fl", "pl", "sn", "qu"};
constexpr std::array<std::string_view, 9> kVowels = {"a", "e", "i", "o", "u", "ai", "ee", "oo", "ia"};
constexpr std::array<std::string_view, 10> kCodas = {"", "", "", "", "n", "r", "x", "l", "k", "m"};
constexpr std::size_t kMadeUp = 1400;
constexpr std::size_t kFullNames = 500;
constexpr std::uint64_t kPoolSeed = 1;

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

template <std::size_t N>
std::string_view any_of(const std::array<std::string_view, N>& parts, Random& random) {
  return parts[random.below(N)];
}

std::string made_up(Random& random) {
  std::string name;
  const std::size_t syllables = 2 + random.below(2);
  for (std::size_t i = 0; i < syllables; ++i) {
    name += any_of(kOnsets, random);
    // Long vowels at the end only, so that names stay short.
    name += i + 1 < syllables ? kVowels[random.below(5)] : any_of(kVowels, random);
  }
  name += any_of(kCodas, random);
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

}  // namespace

Split split_of_name(std::string_view name) {
  const double share = share_of(kPoolSeed, name);
  return share < 0.8 ? Split::kTrain : share < 0.9 ? Split::kDev : Split::kTest;
}

bool may_use_name(std::string_view name, Split split) { return split_of_name(name) == split; }

const NamesPool& NamesPool::instance() {
  static const NamesPool kPool;
  return kPool;
}

NamesPool::NamesPool() {
  std::set<std::string> known;
  const auto add = [&](const std::string& name, std::initializer_list<NameKind> kinds) {
    if (!known.insert(name).second) return;
    const Split split = split_of_name(name);
    for (const NameKind kind : kinds) names_[static_cast<int>(split)][static_cast<int>(kind)].push_back(name);
  };
  const auto people = words_of(kPeople);
  const auto surnames = words_of(kSurnames);
  for (const std::string& name : people) add(name, {NameKind::kPerson});
  for (const std::string& name : words_of(kPets)) add(name, {NameKind::kAnimal, NameKind::kThing});
  for (const std::string& first : words_of(kNickFirst)) {
    for (const std::string& second : words_of(kNickSecond))
      add(std::string(first).append(" ").append(second), {NameKind::kAnimal, NameKind::kThing});
  }
  Random random(kPoolSeed);
  for (std::size_t i = 0; i < kFullNames; ++i) {
    const std::string& first = people[random.below(people.size())];
    add(first + ' ' + surnames[random.below(surnames.size())], {NameKind::kPerson});
  }
  for (std::size_t i = 0; i < kMadeUp; ++i) {
    add(made_up(random), {NameKind::kPerson, NameKind::kAnimal, NameKind::kThing});
  }
  size_ = known.size();
}

const std::vector<std::string>& NamesPool::names(Split split, NameKind kind) const {
  return names_[static_cast<int>(split)][static_cast<int>(kind)];
}

const std::string& NamesPool::draw(Split split, NameKind kind, Random& random,
                                   const std::function<bool(std::string_view)>& fits) const {
  constexpr int kTries = 200;
  const auto& choice = names(split, kind);
  const std::string* name = &choice[random.below(choice.size())];
  for (int i = 1; i < kTries && !fits(*name); ++i) name = &choice[random.below(choice.size())];
  return *name;
}

}  // namespace rap::dataset
