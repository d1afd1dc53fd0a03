// SPDX-License-Identifier: Apache-2.0
// Read by LeakSanitizer in sanitizer builds: what third parties keep until the process ends.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libfontconfig\n"  // its cache of fonts, made when a label is drawn
         "leak:libx265\n";       // the encoder of the HEIC files that tests make
}
