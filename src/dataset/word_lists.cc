// SPDX-License-Identifier: Apache-2.0
#include "dataset/word_lists.h"

#include <algorithm>
#include <initializer_list>
#include <unordered_map>
#include <utility>

namespace rap::dataset {
namespace {

/// Space-separated words of one class.
template <class Value>
using Lists = std::initializer_list<std::pair<Value, std::string_view>>;

template <class Value>
std::unordered_map<std::string_view, Value> index(Lists<Value> lists) {
  std::unordered_map<std::string_view, Value> words;
  for (const auto& [value, list] : lists) {
    std::string_view rest = list;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      if (end > 0) words.emplace(rest.substr(0, end), value);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return words;
}

template <class Value>
std::optional<Value> look_up(const std::unordered_map<std::string_view, Value>& words, std::string_view word) {
  const auto found = words.find(word);
  if (found == words.end()) return std::nullopt;
  return found->second;
}

}  // namespace

WordClass word_class(std::string_view word) {
  static const auto kWords = index<WordClass>({
      {WordClass::kDeterminer, "a an the his her its their my our your this that one another each every no 1"},
      {WordClass::kSeveral,
       "two three four five six seven eight nine ten several some many few both these those all other others "
       "various multiple numerous pairs 2 3 4 5 6"},
      {WordClass::kColour,
       "black white brown red blue green yellow orange pink purple grey gray tan gold golden silver blond blonde "
       "beige maroon turquoise navy cream spotted striped plaid checkered multicolored colorful colourful tri-colored "
       "multi-colored brown-and-white black-and-white dark-haired blond-haired"},
      {WordClass::kSize, "small little big large tiny huge giant tall short long"},
      {WordClass::kAge, "young old older elderly baby teenage middle-aged adult younger"},
      {WordClass::kAdjective,
       "dark light bright wet dry snowy sandy grassy muddy dirty rocky wooden metal steel concrete brick plastic "
       "stone glass hot cold fluffy furry shaggy fuzzy hairy curly bald shirtless barefoot happy smiling pretty cute "
       "beautiful lone single female male fat thin skinny muscular "
       "soccer tennis football basketball baseball hockey rugby volleyball inflatable stuffed empty open parked busy "
       "crowded indoor outdoor heavy deep shallow high low steep narrow wide new bare bearded german very"},
      {WordClass::kPreposition,
       "in on at of with and to from by near over through into as while is are that who which for up down out off "
       "behind along beside next under around across against between above have has had be being been was were am "
       "it he she they him them himself herself itself themselves we i you there where when whilst or but if not "
       "onto towards toward inside outside below beneath underneath past during after before about away upside atop "
       "amongst among within without than then so because can will would could does do did also too just like back "
       "only together forward backwards overhead ahead nearby what whose s"},
  });
  return look_up(kWords, word).value_or(WordClass::kOther);
}

bool is_abstract(std::string_view word) {
  static const auto kWords = index<bool>({{
      true,
      "group couple pair bunch lot number row line pile set piece crowd team band crew side top bottom front back "
      "middle end edge corner center centre background foreground distance surface area place spot scene view picture "
      "photo photograph image shot closeup close-up camera day night time way air sky sun light shadow shade "
      "reflection sunset rain wind jump trick leap run race game match walk ride play fight stunt flip wheelie "
      "handstand pose dance show event competition party parade performance concert festival celebration practice "
      "meal conversation look smile turn step move stand position formation direction action motion attempt others "
      "something someone somebody anything everyone nobody left right color colour pattern kind type sort variety "
      "style part half rest first second last same different object thing item activity sport work break nap swim "
      "swing throw catch kick hit shape size speed height bite lick rise wave splash spray stop jumps runs drink "
      "watch sleep fun lunch dinner breakfast wedding tour trip hike climb slope surf cover drop fall pull push lead "
      "crowded surrounded sits stands looks walks plays holds rides carries makes tries leaps wears dressed leans "
      "climbs watches poses smiles swims flies chases catches laughs talk talks hug kiss tug stare stares toss dive",
  }});
  return kWords.contains(word);
}

std::optional<std::string_view> kind_of(std::string_view noun) {
  static const auto kWords = index<std::string_view>({
      {"person",
       "person man woman boy girl child baby player skateboarder snowboarder skier surfer rider biker cyclist "
       "climber hiker runner swimmer wakeboarder skater dancer performer singer musician guitarist artist worker "
       "athlete wrestler boxer golfer gymnast diver kayaker paddler rower officer policeman soldier fireman "
       "firefighter cowboy clown bride groom referee coach goalie goalkeeper quarterback pitcher batter catcher "
       "cheerleader photographer fisherman teenager adult jogger bicyclist motorcyclist rollerblader teacher "
       "student chef vendor waiter mother father mom dad son daughter brother sister friend sailor pedestrian "
       "bystander racer driver passenger spectator drummer"},
      {"animal",
       "dog cat horse bird cow bull sheep goat pig elephant lion tiger leopard bear monkey deer duck goose swan "
       "seagull pigeon eagle fish dolphin whale turtle frog snake lizard rabbit squirrel hamster mouse rat hedgehog "
       "kangaroo llama camel zebra giraffe panda beaver fox wolf "
       "dalmatian butterfly dragonfly bee ant crab lobster crayfish "
       "scorpion octopus crocodile alligator cougar flamingo ibis emu rooster chicken hen parrot owl penguin "
       "okapi gerenuk platypus rhino stegosaurus brontosaurus tick mayfly seahorse starfish pony donkey "
       "calf lamb kitten animal hawksbill nautilus trilobite"},
      {"vehicle",
       "bike motorcycle car truck bus van taxi train tram boat ship sailboat canoe kayak raft ferry ketch schooner "
       "airplane plane helicopter scooter unicycle tricycle tractor cart wagon sled sleigh stroller carriage jeep "
       "ambulance snowmobile vehicle wheelchair balloon rowboat speedboat gondola kart"},
      {"toy", "ball frisbee toy doll teddy plushie puppet kite yo-yo lego puzzle rattle"},
      {"sports gear",
       "skateboard snowboard surfboard wakeboard ski skate racket bat paddle oar hurdle trampoline "
       "inline-skate barbell dumbbell"},
      {"musical instrument",
       "guitar drum piano violin accordion saxophone trumpet flute mandolin euphonium harp cello banjo metronome"},
      {"furniture", "chair bench table couch sofa bed desk shelf lamp chandelier stool bookcase cabinet crib hammock"},
      {"device",
       "phone laptop computer television radio clock microphone gramophone headphone calculator "
       "keyboard fan stapler printer"},
      {"container", "bag backpack suitcase basket box bucket bottle cup mug can vase bowl jar pot ewer barrel carton"},
      {"tool", "hammer wrench scissors umbrella shovel broom ladder rope anchor gun revolver cannon knife hose"},
      {"plant", "flower rose sunflower bonsai lotus lilly lily cactus tulip strawberry"},
      {"food",
       "apple banana cake pizza sandwich bread milk juice yoghurt yogurt soyghurt cream cheese "
       "hamburger cookie grapefruit melon nectar"},
      {"building", "house church tent hut castle tower lighthouse pagoda minaret windmill barn igloo playhouse"},
      {"figure", "statue buddha snowman sculpture mannequin scarecrow menorah"},
      {"clothing",
       "helmet shirt t-shirt jacket coat sweater sweatshirt hoodie vest dress skirt shorts pants jeans trousers suit "
       "wetsuit swimsuit bikini uniform jersey outfit costume hat cap hood beanie bandanna bandana scarf glove boot "
       "shoe sneaker sandal sunglasses glasses goggles mask tie belt apron robe kimono headband collar leash harness "
       "gear clothes clothing swimtrunks trunks pajamas overalls leotard tutu sari kilt tuxedo gown turban wig "
       "lifejacket visor headphones earring necklace makeup tie-dye"},
      {"body part",
       "mouth head face hand arm leg foot hair tongue nose eye ear body tooth neck shoulder finger tail "
       "paw beard mohawk lap chest knee stomach mustache"},
      {"scenery",
       "water field grass snow beach street pool hill park ocean sidewalk rock road mountain fence wall tree sand "
       "ramp ground path track wood city lake river yard cliff fountain shore playground forest bridge course trail "
       "floor lawn stream puddle pond dirt ice waterfall ledge court dock rail bar board room stage tunnel door "
       "window restaurant store shop market stadium arena desert backyard garden creek mud log staircase stair stairs "
       "platform deck log branch leaf bush hedge weed hay pavement driveway alley plaza square building skyline "
       "pier harbor coast shoreline coastline surf sea wave canyon cave valley meadow pasture farm prairie slide "
       "swing-set rink gym classroom kitchen bathroom bedroom hallway porch balcony patio roof step curb crosswalk "
       "bubble wings tube audience handrail base pack family "
       "intersection highway railing pole post net goal hoop sign flag banner racetrack racecourse obstacle tire "
       "structure barrier entrance doorway archway carpet rug blanket towel mat sprinkler hole gate screen stand "
       "trash garbage fire smoke cloud fog marathon subway station airport lot campus gravel boulder terrain landscape "
       "countryside seat object sheet crowd cigarette drink food"},
  });
  return look_up(kWords, noun);
}

std::string_view preferred(std::string_view noun) {
  static const std::unordered_map<std::string_view, std::string_view> kSame = {{"guy", "man"},
                                                                               {"gentleman", "man"},
                                                                               {"dude", "man"},
                                                                               {"male", "man"},
                                                                               {"lady", "woman"},
                                                                               {"female", "woman"},
                                                                               {"kid", "child"},
                                                                               {"toddler", "child"},
                                                                               {"infant", "baby"},
                                                                               {"shepherd", "dog"},
                                                                               {"greyhound", "dog"},
                                                                               {"poodle", "dog"},
                                                                               {"collie", "dog"},
                                                                               {"retriever", "dog"},
                                                                               {"labrador", "dog"},
                                                                               {"terrier", "dog"},
                                                                               {"bulldog", "dog"},
                                                                               {"dachshund", "dog"},
                                                                               {"beagle", "dog"},
                                                                               {"husky", "dog"},
                                                                               {"puppy", "dog"},
                                                                               {"pup", "dog"},
                                                                               {"doggy", "dog"},
                                                                               {"bicycle", "bike"},
                                                                               {"motorbike", "motorcycle"},
                                                                               {"automobile", "car"},
                                                                               {"racecar", "car"},
                                                                               {"cellphone", "phone"},
                                                                               {"telephone", "phone"},
                                                                               {"soyghurt", "yoghurt"},
                                                                               {"yogurt", "yoghurt"},
                                                                               {"individual", "person"},
                                                                               {"human", "person"},
                                                                               {"teen", "teenager"},
                                                                               {"rafter", "paddler"},
                                                                               {"racquet", "racket"},
                                                                               {"plane", "airplane"}};
  const auto found = kSame.find(noun);
  return found == kSame.end() ? noun : found->second;
}

std::optional<std::string_view> irregular_singular(std::string_view word) {
  static const std::unordered_map<std::string_view, std::string_view> kPlurals = {{"men", "man"},
                                                                                  {"women", "woman"},
                                                                                  {"children", "child"},
                                                                                  {"people", "person"},
                                                                                  {"feet", "foot"},
                                                                                  {"teeth", "tooth"},
                                                                                  {"geese", "goose"},
                                                                                  {"mice", "mouse"},
                                                                                  {"leaves", "leaf"},
                                                                                  {"wolves", "wolf"},
                                                                                  {"policemen", "policeman"},
                                                                                  {"firemen", "fireman"},
                                                                                  {"fishermen", "fisherman"},
                                                                                  {"calves", "calf"},
                                                                                  {"knives", "knife"},
                                                                                  {"shelves", "shelf"}};
  const auto found = kPlurals.find(word);
  if (found == kPlurals.end()) return std::nullopt;
  return found->second;
}

}  // namespace rap::dataset
