// The memory of tensors on Linux: TensorFlow asks here instead of its own allocator (docs/decisions/step-memory.md).
//
// TensorFlow's divides a free piece only for a request of at most half its size, and gives nothing back to the system, so that a training
// step holds up to half more than its tensors take. This one takes the first free piece that is long enough, puts neighbors together, and
// keeps no more pages than tensors have needed at once, and a little: others go back to the system, which gives new ones when they are needed.
#if defined(__linux__)
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>

// What TensorFlow has in tsl/framework/allocator.h and allocator_registry.h, whose headers want those of three more libraries: the
// functions in the order of its tables. The release of TensorFlow that is linked is pinned.
namespace tsl {
struct AllocationAttributes;
struct AllocatorStats;
class SubAllocator;

class Allocator {
 public:
  virtual ~Allocator();
  virtual std::string Name() = 0;
  virtual void* AllocateRaw(size_t alignment, size_t bytes) = 0;
  virtual void* AllocateRaw(size_t alignment, size_t bytes, const AllocationAttributes&);
  virtual void DeallocateRaw(void* memory) = 0;
  virtual bool TracksAllocationSizes() const;
  virtual bool AllocatesOpaqueHandle() const;
  virtual size_t RequestedSize(const void*) const;
  virtual size_t AllocatedSize(const void*) const;
  virtual int64_t AllocationId(const void*) const;
  virtual size_t AllocatedSizeSlow(const void*) const;
  virtual std::optional<AllocatorStats> GetStats();
  virtual bool ClearStats();
  virtual void SetSafeFrontier(uint64_t);
  virtual void SetStreamAndPreallocateMemory(void*);
  virtual int GetMemoryType() const;
};

class AllocatorFactory {
 public:
  virtual ~AllocatorFactory() {}
  virtual bool NumaEnabled() { return false; }
  virtual Allocator* CreateAllocator() = 0;
  virtual SubAllocator* CreateSubAllocator(int node) = 0;
};

class AllocatorFactoryRegistry {
 public:
  void Register(const char* file, int line, const std::string& name, int priority, AllocatorFactory* factory);
  static AllocatorFactoryRegistry* singleton();
};
}  // namespace tsl

namespace ais {
namespace {

/** Bytes below which the C library's own allocator serves. */
constexpr size_t SMALL = 1 << 16;
/** What goes back to the system at a time. */
constexpr size_t PIECE = 1 << 21;
/** Idle memory that is kept beyond what tensors have needed at once. */
constexpr size_t SPARE = 128 << 20;
/** Addresses that are set aside, over the machine's memory: what lies between tensors takes some too. */
constexpr size_t ADDRESSES = 4;

/** Which pages of a range of addresses are in memory. */
class Pages {
 public:
  bool reserve(size_t count) {
    void* memory = mmap(nullptr, count / 8 + 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    words_ = memory == MAP_FAILED ? nullptr : static_cast<uint64_t*>(memory);
    return words_ != nullptr;
  }

  size_t count(size_t begin, size_t end) const {
    size_t found = 0;
    for_words(begin, end, [&](uint64_t& word, uint64_t mask) { found += __builtin_popcountll(word & mask); });
    return found;
  }

  void set(size_t begin, size_t end, bool present) {
    for_words(begin, end, [=](uint64_t& word, uint64_t mask) { word = present ? word | mask : word & ~mask; });
  }

 private:
  template <typename Each>
  void for_words(size_t begin, size_t end, Each each) const {
    while (begin < end) {
      const size_t next = std::min(end, (begin / 64 + 1) * 64);
      const uint64_t ones = next - begin == 64 ? ~uint64_t{0} : (uint64_t{1} << (next - begin)) - 1;
      each(words_[begin / 64], ones << begin % 64);
      begin = next;
    }
  }

  uint64_t* words_ = nullptr;
};

/** A range of addresses that tensors share. Numbers count pages, from its beginning. */
class Arena {
 public:
  Arena() {
    const size_t memory = sysconf(_SC_PHYS_PAGES);
    const size_t count = ADDRESSES * memory;
    void* addresses =
        mmap(nullptr, count * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    // Where addresses are limited, the C library serves all.
    if (addresses == MAP_FAILED || !present_.reserve(count)) return;
    begin_ = static_cast<char*>(addresses);
    free_[0] = count_ = count;
    most_allowed_ = memory;
  }

  void* take(size_t alignment, size_t bytes) {
    if (begin_ == nullptr || bytes < SMALL || alignment > page_) return of_system(alignment, bytes);
    const size_t size = (bytes + page_ - 1) / page_;
    pthread_mutex_lock(&mutex_);
    const auto found =
        std::find_if(free_.begin(), free_.end(), [=](const auto& piece) { return piece.second >= size; });
    if (found == free_.end() || live_ + size > most_allowed_) {
      pthread_mutex_unlock(&mutex_);
      return nullptr;
    }
    const auto [at, length] = *found;
    free_.erase(found);
    if (length > size) free_[at + size] = length - size;
    taken_[at] = size;
    in_memory_ += size - present_.count(at, at + size);
    present_.set(at, at + size, true);
    touched_ = std::max(touched_, at + size);
    live_ += size;
    most_ = std::max(most_, live_);
    give_back();
    pthread_mutex_unlock(&mutex_);
    return begin_ + at * page_;
  }

  void release(void* memory) {
    char* address = static_cast<char*>(memory);
    if (begin_ == nullptr || address < begin_ || address >= begin_ + count_ * page_) return std::free(memory);
    pthread_mutex_lock(&mutex_);
    const auto taken = taken_.find((address - begin_) / page_);
    auto [at, size] = *taken;
    taken_.erase(taken);
    live_ -= size;
    auto next = free_.lower_bound(at);
    if (next != free_.end() && next->first == at + size) {
      size += next->second;
      next = free_.erase(next);
    }
    if (next != free_.begin() && std::prev(next)->first + std::prev(next)->second == at)
      std::prev(next)->second += size;
    else
      free_[at] = size;
    pthread_mutex_unlock(&mutex_);
  }

 private:
  static void* of_system(size_t alignment, size_t bytes) {
    void* memory = nullptr;
    return posix_memalign(&memory, std::max(alignment, sizeof(void*)), bytes) == 0 ? memory : nullptr;
  }

  /** Gives pages of free pieces back to the system, those at the highest addresses first, while there are more than allowed. */
  void give_back() {
    const size_t allowed = most_ + SPARE / page_;
    const size_t piece = PIECE / page_;
    for (auto at = free_.rbegin(); in_memory_ > allowed && at != free_.rend(); ++at) {
      const size_t begin = at->first;
      size_t end = std::min(begin + at->second, touched_);
      while (in_memory_ > allowed && begin < end) {
        const size_t from = std::max(begin, (end - 1) / piece * piece);
        if (const size_t count = present_.count(from, end)) {
          madvise(begin_ + from * page_, (end - from) * page_, MADV_DONTNEED);
          present_.set(from, end, false);
          in_memory_ -= count;
        }
        end = from;
      }
    }
  }

  const size_t page_ = sysconf(_SC_PAGESIZE);
  char* begin_ = nullptr;
  size_t count_ = 0, most_allowed_ = 0;
  /** Lengths of what is free and of what is not, by where they begin. */
  std::map<size_t, size_t> free_, taken_;
  Pages present_;
  /** Pages that tensors have now, the most that they ever had, those in memory, and the end of all that ever were. */
  size_t live_ = 0, most_ = 0, in_memory_ = 0, touched_ = 0;
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

/**
 * Gives back the pages of TensorFlow's libraries that linking them has read, 150 MB of names and addresses: those that are never written
 * are read from their files again when they are needed.
 */
void forget_linking() {
  const auto each = [](dl_phdr_info* library, size_t, void*) {
    if (std::strstr(library->dlpi_name, "libtensorflow") == nullptr) return 0;
    const uintptr_t page = sysconf(_SC_PAGESIZE);
    for (int i = 0; i < library->dlpi_phnum; i++) {
      const auto& segment = library->dlpi_phdr[i];
      if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
      const uintptr_t begin = (library->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
      const uintptr_t end = (library->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
      if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
  };
  dl_iterate_phdr(each, nullptr);
}

class TensorMemory : public tsl::Allocator {
 public:
  std::string Name() override { return "ais"; }
  void* AllocateRaw(size_t alignment, size_t bytes) override { return arena_.take(alignment, bytes); }
  void DeallocateRaw(void* memory) override { arena_.release(memory); }

 private:
  Arena arena_;
};

class TensorMemoryFactory : public tsl::AllocatorFactory {
 public:
  // Never destroyed: tensors are freed until the process ends.
  tsl::Allocator* CreateAllocator() override {
    forget_linking();
    return new TensorMemory;
  }
  tsl::SubAllocator* CreateSubAllocator(int) override { return nullptr; }
};

/** Above TensorFlow's own, before it makes its first tensor. */
constexpr int PRIORITY = 1000;

bool offer() {
  const char* chosen = std::getenv("AIS_KERNELS");
  if (chosen != nullptr && std::strcmp(chosen, "plain") == 0) return false;
  tsl::AllocatorFactoryRegistry::singleton()->Register(__FILE__, __LINE__, "ais", PRIORITY, new TensorMemoryFactory);
  return true;
}

const bool offered = offer();

}  // namespace
}  // namespace ais
#endif
