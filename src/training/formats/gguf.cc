// SPDX-License-Identifier: Apache-2.0
#include "training/formats/gguf.h"
