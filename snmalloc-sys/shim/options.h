// SPDX-License-Identifier: MIT
// The environment variable SNMALLOC_CONF: `key:value` pairs, separated by commas, as
// in jemalloc's MALLOC_CONF. Read once, before the first allocation.

#pragma once

#include "global_cache.h"

#include <stdlib.h>
#include <string.h>

namespace snmalloc_rs
{
  class Options
  {
    // The unread rest of the text.
    const char* at;

    explicit Options(const char* text) : at(text) {}

    bool next_is(const char* text)
    {
      const size_t length = strlen(text);
      if (strncmp(at, text, length) != 0)
        return false;
      at += length;
      return true;
    }

    // Parses a number, with an optional unit if `bytes`.
    bool number(uint64_t& value, bool bytes)
    {
      if (*at < '0' || *at > '9')
        return false;
      value = 0;
      while (*at >= '0' && *at <= '9')
      {
        if (value > ~uint64_t(0) / 10 - 1)
          return false;
        value = value * 10 + static_cast<uint64_t>(*at++ - '0');
      }
      if (!bytes)
        return true;
      const char* const units = "KMG";
      const char* const unit = *at == 0 ? nullptr : strchr(units, *at);
      if (unit == nullptr)
        return true;
      const size_t shift = 10 * (static_cast<size_t>(unit - units) + 1);
      if (value > (~uint64_t(0) >> shift))
        return false;
      value <<= shift;
      at++;
      return true;
    }

    bool pair()
    {
      uint64_t value = 0;
      if (next_is("retained_limit:"))
      {
        if (!number(value, true) || value > ~size_t(0))
          return false;
        GlobalCache::limit.store(static_cast<size_t>(value));
        return true;
      }
      if (next_is("decay_ms:"))
      {
        if (!number(value, false))
          return false;
        GlobalCache::decay.store(value);
        return true;
      }
      if (next_is("background_purge:true"))
        background_purge.store(true);
      else if (next_is("background_purge:false"))
        background_purge.store(false);
      else
        return false;
      return true;
    }

  public:
    // True if the thread is to be started once something is cached.
    //
    // Ordering: needs none. The exchange lets one thread make the attempt.
    SNMALLOC_REQUIRE_CONSTINIT
    static inline stl::Atomic<bool> background_purge{false};

    static void read()
    {
      const char* text = getenv("SNMALLOC_CONF");
      if (text == nullptr)
        return;
      Options options(text);
      while (*options.at != 0)
      {
        if (!options.pair() || (*options.at != ',' && *options.at != 0))
          return DefaultPal::message(
            "snmalloc: SNMALLOC_CONF is not of the form retained_limit:64M,"
            "decay_ms:10000,background_purge:true; the rest of it is ignored");
        if (*options.at == ',')
          options.at++;
      }
    }
  };
} // namespace snmalloc_rs
