// SPDX-License-Identifier: MIT
// Internals of snmalloc that need the configuration: threads' allocators and their pool.
// Included by config.h; internals_core.h has the others and says why there are two files.

#pragma once

namespace snmalloc
{
  // Defined below; declared before upstream uses them.
  template<>
  bool Alloc::flush();
  template<>
  void AllocPool<Config>::release(Alloc* allocator);
  template<>
  Alloc* AllocPool<Config>::acquire();
  template<>
  Alloc* AllocPool<Config>::extract(Alloc*);
  template<>
  Alloc* AllocPool<Config>::iterate(Alloc*);
#ifdef SNMALLOC_RS_FRESH_BLOCKS
  template<>
  void Alloc::alloc_new_list(
    capptr::Chunk<void>&, snmalloc_rs::Metadata*, size_t, size_t, LocalEntropy&);
#endif
} // namespace snmalloc

#include "snmalloc/snmalloc_front.h"

namespace snmalloc_rs::internals
{
  // Accesses private members of Alloc: the queue that the pagemap records as a block's
  // owner, and the slabs that are (almost) full. Explicit instantiations may name private
  // members.
  RemoteAllocator& queue_of(Alloc& allocator);
  SeqSet<Metadata>& full_slabs_of(Alloc& allocator);

  template<RemoteAllocator Alloc::*queue, SeqSet<Metadata> Alloc::*full_slabs>
  struct PrivateMembers
  {
    friend SNMALLOC_FAST_PATH_INLINE RemoteAllocator& queue_of(Alloc& allocator)
    {
      return allocator.*queue;
    }

    friend SNMALLOC_FAST_PATH_INLINE SeqSet<Metadata>&
    full_slabs_of(Alloc& allocator)
    {
      return allocator.*full_slabs;
    }
  };

  template struct PrivateMembers<&Alloc::remote_alloc, &Alloc::laden>;

  // `last` is the offset of the last byte of a small block.
  SNMALLOC_FAST_PATH_INLINE smallsizeclass_t small_sizeclass_of(size_t last)
  {
    return smallsizeclass_t(
      sizeclass_lookup.table[last >> MIN_ALLOC_STEP_BITS]);
  }

  // The lists of free blocks from which a thread allocates, one per small size class.
  SNMALLOC_FAST_PATH_INLINE freelist::Iter<>&
  free_list(Alloc& own, smallsizeclass_t sizeclass)
  {
    return own.small_fast_free_lists[sizeclass];
  }

  SNMALLOC_FAST_PATH_INLINE auto& free_lists(Alloc& own)
  {
    return own.small_fast_free_lists;
  }

  // Takes the first block of a list that isn't empty.
  SNMALLOC_FAST_PATH_INLINE freelist::HeadPtr
  take_first(Alloc& own, freelist::Iter<>& list)
  {
    const auto trusted = [&own](freelist::QueuePtr block)
                           SNMALLOC_FAST_PATH_LAMBDA {
                             return capptr_domesticate<Config>(
                               &own.get_backend_local_state(), block);
                           };
    return list.take(freelist::Object::key_root, trusted);
  }

  // Adds the blocks from `first` to `end` to a list that is being built.
  template<typename List>
  SNMALLOC_FAST_PATH_INLINE void
  add_blocks(List& list, Metadata* slab, char* first, char* end, size_t size)
  {
    for (char* block = first; block < end; block += size)
      list.add(
        freelist::Object::make<capptr::bounds::AllocWild>(
          capptr::Alloc<void>::unsafe_from(block)),
        freelist::Object::key_root,
        slab->as_key_tweak());
  }

  // Fills the thread's empty list with blocks of a new slab that are in no list yet.
  // Returns false if there are none.
  SNMALLOC_FAST_PATH_INLINE bool link_fresh(Alloc& own, smallsizeclass_t sizeclass)
  {
    FreshBlocks& fresh = own.get_backend_local_state().fresh[sizeclass];
    if (fresh.empty())
      return false;
    const size_t size = sizeclass_to_size(sizeclass);
    char* const first = fresh.first();
    char* const end = fresh.take_part(size);
    Metadata* const slab =
      Config::Backend::get_metaentry(address_cast(first)).get_slab_metadata();
    freelist::Builder<false> list;
    list.init(address_cast(first), freelist::Object::key_root, slab->as_key_tweak());
    add_blocks(list, slab, first, end, size);
    list.close(
      free_list(own, sizeclass), freelist::Object::key_root, slab->as_key_tweak());
    return true;
  }

  // Makes a block of `size` bytes from a free one.
  template<typename Conts>
  SNMALLOC_FAST_PATH_INLINE void* finish(freelist::HeadPtr block, size_t size)
  {
    return finish_alloc<Conts>(block, size);
  }

  // Frees a block that this allocator owns.
  SNMALLOC_FAST_PATH_INLINE void
  free_own(Alloc& own, void* block, const Entry& entry)
  {
    own.dealloc_local_object(capptr::Alloc<void>::unsafe_from(block), entry);
  }

  // Calls `f` if the thread has an allocator; otherwise acquires one and calls `fresh`
  // with it. An exiting thread has it for this call only.
  template<typename F, typename Fresh>
  SNMALLOC_FAST_PATH_INLINE void with_allocator(F f, Fresh fresh)
  {
    ThreadAlloc::CheckInit::check_init(f, fresh);
  }

  // Frees blocks that other threads sent back, and calls `f`.
  template<typename F, typename... Args>
  SNMALLOC_FAST_PATH_INLINE decltype(auto) after_messages(F f, Args... args) noexcept
  {
    return ThreadAlloc::get().template handle_message_queue<true>(f, args...);
  }

  SNMALLOC_FAST_PATH_INLINE bool has_messages(Alloc& own)
  {
    return queue_of(own).can_dequeue();
  }

  // Sends blocks to the threads that own them. Returns true if there were any.
  SNMALLOC_FAST_PATH_INLINE bool send_messages(Alloc& own)
  {
    return own.post();
  }

  // Frees all blocks that other threads sent back.
  inline void drain_messages(Alloc& own)
  {
    LocalState& local = own.get_backend_local_state();
    const auto trusted = [&local](freelist::QueuePtr block) {
      return capptr_domesticate<Config>(&local, block);
    };
    queue_of(own).drain_and_reset(
      trusted, trusted, [&](capptr::Alloc<RemoteMessage> blocks) {
        bool posts_later = true;
        size_t bytes = 0;
        own.handle_dealloc_remote(
          Config::Backend::get_metaentry(address_cast(blocks)),
          blocks,
          posts_later,
          trusted,
          bytes);
      });
  }

  // Returns slabs without an allocated block to the backend. With mitigations, checks the
  // free lists of the others.
  SNMALLOC_FAST_PATH_INLINE void free_empty_slabs(Alloc& own)
  {
    constexpr bool validate = mitigations(freelist_teardown_validate);
    for (smallsizeclass_t size(0); size < NUM_SMALL_SIZECLASSES; size++)
      own.dealloc_local_slabs<validate>(size);
    if constexpr (validate)
    {
      LocalState& local = own.get_backend_local_state();
      const auto trusted = [&local](freelist::QueuePtr block) {
        return capptr_domesticate<Config>(&local, block);
      };
      full_slabs_of(own).iterate([&](Metadata* slab) {
        if (!slab->is_large())
          slab->free_queue.validate(
            freelist::Object::key_root, slab->as_key_tweak(), trusted);
      });
    }
  }

  // Ends the use of an allocator, as a thread that exits does: calls `leave_or_empty`.
  SNMALLOC_FAST_PATH_INLINE bool end_use(Alloc& allocator)
  {
    return allocator.flush();
  }

  // Takes the first idle allocator out of the pool. Returns null if there is none.
  SNMALLOC_FAST_PATH_INLINE Alloc* take_idle()
  {
    return AllocPool<Config>::extract(nullptr);
  }

  // Puts an allocator behind the other idle ones.
  SNMALLOC_FAST_PATH_INLINE void put_idle(Alloc* allocator)
  {
    AllocPool<Config>::restore(allocator, allocator);
  }

  // Returns the next of all allocators, whether in use or idle; null after the last one.
  SNMALLOC_FAST_PATH_INLINE Alloc* next_allocator(Alloc* allocator = nullptr)
  {
    return AllocPool<Config>::iterate(allocator);
  }
} // namespace snmalloc_rs::internals

namespace snmalloc_rs
{
  // Called by the functions below; defined in thread_exit.h.
  inline bool leave_or_empty(Alloc& own);
  SNMALLOC_FAST_PATH_INLINE void begin_use(Alloc& own);
  SNMALLOC_FAST_PATH_INLINE void begin_reuse(Alloc& own);
  SNMALLOC_FAST_PATH_INLINE void use_ended();
} // namespace snmalloc_rs

// Ordering: the pool's lock (upstream's, acquire and release) protects the list of idle
// allocators. A thread writes to an allocator before it puts it into the list, or after
// it took it out, so the lock also hands over its plain state. Other threads send
// messages to its queue meanwhile, which is upstream's and needs one consumer: the
// thread that has it.
namespace snmalloc
{
#ifdef SNMALLOC_RS_FRESH_BLOCKS
  // Lists the first blocks of a new slab; the thread lists the others once it needs them.
  template<>
  inline void Alloc::alloc_new_list(
    capptr::Chunk<void>& start,
    snmalloc_rs::Metadata* slab,
    size_t size,
    size_t slab_size,
    LocalEntropy&)
  {
    char* const first = static_cast<char*>(start.unsafe_ptr());
    snmalloc_rs::FreshBlocks blocks(first, first + slab_size / size * size);
    char* end = blocks.end();
    // The allocator may be another one than the thread's own, the slab may have been
    // used before, and an earlier slab may have blocks left.
    Alloc& own = ThreadAlloc::get();
    auto& local = own.get_backend_local_state();
    auto& fresh = local.fresh[size_to_sizeclass(size)];
    const auto& entry = Config::Backend::get_metaentry(address_cast(first));
    if (
      entry.get_remote() == &snmalloc_rs::internals::queue_of(own) &&
      local.new_slab == first && fresh.empty())
    {
      end = blocks.take_part(size);
      fresh = blocks;
    }
    snmalloc_rs::internals::add_blocks(slab->free_queue, slab, first, end, size);
    start = pointer_offset(start, slab_size);
  }
#endif

  template<>
  inline bool Alloc::flush()
  {
    return snmalloc_rs::leave_or_empty(*this);
  }

  template<>
  inline Alloc* AllocPool<Config>::extract(Alloc*)
  {
    auto& pool = Config::pool();
    Alloc* taken = nullptr;
    with(pool.lock, [&]() {
      taken = pool.front.unsafe_ptr();
      if (taken == nullptr)
        return;
      pool.front = taken->next;
      if (pool.front == nullptr)
        pool.back = nullptr;
    });
    return taken;
  }

  template<>
  inline Alloc* AllocPool<Config>::acquire()
  {
    Alloc* taken = extract(nullptr);
    if (taken != nullptr)
    {
      taken->set_in_use();
      snmalloc_rs::begin_reuse(*taken);
      return taken;
    }
    taken = ConstructAllocator<Config>::make().unsafe_ptr();
    snmalloc_rs::begin_use(*taken);
    auto& pool = Config::pool();
    with(pool.lock, [&]() {
      taken->list_next = pool.list;
      pool.list = capptr::Alloc<Alloc>::unsafe_from(taken);
      taken->set_in_use();
    });
    return taken;
  }

  // Other threads may add allocators meanwhile; they are never removed.
  template<>
  inline Alloc* AllocPool<Config>::iterate(Alloc* allocator)
  {
    if (allocator != nullptr)
      return allocator->list_next.unsafe_ptr();
    auto& pool = Config::pool();
    Alloc* first = nullptr;
    with(pool.lock, [&]() { first = pool.list.unsafe_ptr(); });
    return first;
  }

  // Put the allocator first: the last one used is most likely still in the CPU's
  // caches.
  template<>
  inline void AllocPool<Config>::release(Alloc* allocator)
  {
    allocator->reset_in_use();
    restore_front(allocator, allocator);
    snmalloc_rs::use_ended();
  }
} // namespace snmalloc
