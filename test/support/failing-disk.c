/*
 * Makes chosen calls of the file system fail, for files of chosen paths:
 *   cc -shared -fPIC -O2 -o failing-disk.so failing-disk.c -ldl -lpthread
 *   LD_PRELOAD=./failing-disk.so FAILING_DISK_RULES=rules.txt FAILING_DISK_LOG=failed.txt program
 *
 * The file of rules is read again whenever it changes, and then all counts begin from 0. A rule a line; the first that fits decides:
 *   CALLS ERROR FIRST COUNT PATTERN
 *   fsync,write EIO 3 1 /tmp/lab*     the third of these calls, once
 *   * ENOSPC 1 0 /tmp/lab*            each from the first on (COUNT 0: for ever)
 *   fsync OK 1 0 /tmp/lab*            none fails, but each is logged
 * CALLS: open, read, write, fsync, mkdir, rename, unlink, truncate, map (mmap of a file), malloc, or * for all. open is also what opens a
 * folder; fsync also fdatasync; read and write also their forms with a position or several buffers. malloc (also realloc) is what SQLite
 * asks memory with, as better-sqlite3 has it; its path is /memory/sqlite. PATTERN is one of fnmatch(3), in which * also takes a slash; of a
 * rename either path counts. The log gets a line for each call that a rule decided on: CALL ERROR PATH.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_RULES 32

struct rule {
  char calls[128];
  int error;
  char name[16];
  long first, count, seen;
  char pattern[PATH_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rule rules[MOST_RULES];
static int rule_count = 0;
static struct timespec read_at;
static off_t read_size = -1;
static ino_t read_inode = 0;
/* The library's own calls must not be counted. */
static __thread int inside = 0;

static const struct {
  const char *name;
  int value;
} errors[] = {{"OK", 0},           {"EIO", EIO},       {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EROFS", EROFS}, {"EACCES", EACCES},
              {"EPERM", EPERM},    {"EMFILE", EMFILE}, {"ENFILE", ENFILE}, {"ENOENT", ENOENT}, {"EINTR", EINTR}, {"EAGAIN", EAGAIN},
              {"EPIPE", EPIPE},    {"ENOMEM", ENOMEM}};

static int error_of(const char *name) {
  for (size_t at = 0; at < sizeof errors / sizeof *errors; at++)
    if (strcmp(errors[at].name, name) == 0) return errors[at].value;
  fprintf(stderr, "failing-disk: unknown error %s\n", name);
  abort();
}

static void read_rules(void) {
  const char *file = getenv("FAILING_DISK_RULES");
  struct stat status;
  if (file == NULL || stat(file, &status) != 0) {
    rule_count = 0;
    read_size = -1;
    return;
  }
  if (status.st_size == read_size && status.st_ino == read_inode && status.st_mtim.tv_sec == read_at.tv_sec &&
      status.st_mtim.tv_nsec == read_at.tv_nsec)
    return;
  read_size = status.st_size;
  read_inode = status.st_ino;
  read_at = status.st_mtim;
  rule_count = 0;
  FILE *stream = fopen(file, "r");
  if (stream == NULL) return;
  char line[PATH_MAX + 256];
  while (rule_count < MOST_RULES && fgets(line, sizeof line, stream) != NULL) {
    struct rule *rule = &rules[rule_count];
    if (sscanf(line, "%127s %15s %ld %ld %4095[^\n]", rule->calls, rule->name, &rule->first, &rule->count, rule->pattern) != 5) continue;
    rule->error = error_of(rule->name);
    rule->seen = 0;
    rule_count++;
  }
  fclose(stream);
}

static int has_call(const char *calls, const char *call) {
  if (strcmp(calls, "*") == 0) return 1;
  size_t length = strlen(call);
  for (const char *at = strstr(calls, call); at != NULL; at = strstr(at + 1, call))
    if ((at == calls || at[-1] == ',') && (at[length] == ',' || at[length] == 0)) return 1;
  return 0;
}

static void note(const char *call, const struct rule *rule, const char *path) {
  const char *file = getenv("FAILING_DISK_LOG");
  if (file == NULL) return;
  FILE *stream = fopen(file, "a");
  if (stream == NULL) return;
  fprintf(stream, "%s %s %s\n", call, rule->name, path);
  fclose(stream);
}

/* Sets errno and returns 1 when the call has to fail. */
static int fails(const char *call, const char *path, const char *other) {
  if (inside || path == NULL) return 0;
  inside = 1;
  int before = errno, error = 0;
  pthread_mutex_lock(&lock);
  read_rules();
  for (int at = 0; at < rule_count; at++) {
    struct rule *rule = &rules[at];
    if (!has_call(rule->calls, call)) continue;
    if (fnmatch(rule->pattern, path, 0) != 0 && (other == NULL || fnmatch(rule->pattern, other, 0) != 0)) continue;
    rule->seen++;
    if (rule->seen >= rule->first && (rule->count == 0 || rule->seen < rule->first + rule->count)) {
      error = rule->error;
      note(call, rule, path);
    }
    break;
  }
  pthread_mutex_unlock(&lock);
  inside = 0;
  errno = error == 0 ? before : error;
  return error != 0;
}

static int fails_at(const char *call, int folder, const char *name, const char *other) {
  if (inside || name == NULL) return 0;
  if (name[0] == '/' || folder == AT_FDCWD) return fails(call, name, other);
  char link[64], path[2 * PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  snprintf(path + length, sizeof path - length, "/%s", name);
  return fails(call, path, other);
}

static int fails_of(const char *call, int file) {
  if (inside || file <= 2) return 0;
  char link[64], path[PATH_MAX];
  int before = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  errno = before;
  if (length <= 0 || path[0] != '/') return 0;
  path[length] = 0;
  return fails(call, path, NULL);
}

#define REAL(name) \
  static __typeof__(name) *real = NULL; \
  if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static mode_t mode_of(int flags, va_list rest) { return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0; }

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = mode_of(flags, rest); \
    va_end(rest); \
    return fails("open", path, NULL) ? -1 : real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int folder, const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = mode_of(flags, rest); \
    va_end(rest); \
    return fails_at("open", folder, path, NULL) ? -1 : real(folder, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

#define OF_FILE(result, name, call, parameters, arguments) \
  result name parameters { \
    REAL(name); \
    return fails_of(call, file) ? -1 : real arguments; \
  }
OF_FILE(ssize_t, read, "read", (int file, void *to, size_t size), (file, to, size))
OF_FILE(ssize_t, pread, "read", (int file, void *to, size_t size, off_t at), (file, to, size, at))
OF_FILE(ssize_t, pread64, "read", (int file, void *to, size_t size, off64_t at), (file, to, size, at))
OF_FILE(ssize_t, readv, "read", (int file, const struct iovec *to, int count), (file, to, count))
OF_FILE(ssize_t, preadv, "read", (int file, const struct iovec *to, int count, off_t at), (file, to, count, at))
OF_FILE(ssize_t, preadv64, "read", (int file, const struct iovec *to, int count, off64_t at), (file, to, count, at))
OF_FILE(ssize_t, write, "write", (int file, const void *from, size_t size), (file, from, size))
OF_FILE(ssize_t, pwrite, "write", (int file, const void *from, size_t size, off_t at), (file, from, size, at))
OF_FILE(ssize_t, pwrite64, "write", (int file, const void *from, size_t size, off64_t at), (file, from, size, at))
OF_FILE(ssize_t, writev, "write", (int file, const struct iovec *from, int count), (file, from, count))
OF_FILE(ssize_t, pwritev, "write", (int file, const struct iovec *from, int count, off_t at), (file, from, count, at))
OF_FILE(ssize_t, pwritev64, "write", (int file, const struct iovec *from, int count, off64_t at), (file, from, count, at))
OF_FILE(int, fsync, "fsync", (int file), (file))
OF_FILE(int, fdatasync, "fsync", (int file), (file))
OF_FILE(int, ftruncate, "truncate", (int file, off_t size), (file, size))
OF_FILE(int, ftruncate64, "truncate", (int file, off64_t size), (file, size))
OF_FILE(int, fallocate, "write", (int file, int mode, off_t at, off_t size), (file, mode, at, size))
OF_FILE(int, fallocate64, "write", (int file, int mode, off64_t at, off64_t size), (file, mode, at, size))

#define OF_PATH(name, call, parameters, arguments, other) \
  int name parameters { \
    REAL(name); \
    return fails(call, path, other) ? -1 : real arguments; \
  }
OF_PATH(mkdir, "mkdir", (const char *path, mode_t mode), (path, mode), NULL)
OF_PATH(unlink, "unlink", (const char *path), (path), NULL)
OF_PATH(rename, "rename", (const char *path, const char *to), (path, to), to)

int mkdirat(int folder, const char *path, mode_t mode) {
  REAL(mkdirat);
  return fails_at("mkdir", folder, path, NULL) ? -1 : real(folder, path, mode);
}

int unlinkat(int folder, const char *path, int flags) {
  REAL(unlinkat);
  return fails_at("unlink", folder, path, NULL) ? -1 : real(folder, path, flags);
}

#define MAP(name, offset_type) \
  void *name(void *address, size_t size, int protection, int flags, int file, offset_type at) { \
    REAL(name); \
    return (flags & MAP_ANONYMOUS) == 0 && fails_of("map", file) ? MAP_FAILED : real(address, size, protection, flags, file, at); \
  }
MAP(mmap, off_t)
MAP(mmap64, off64_t)

/* Where the code of SQLite is, once it is loaded. Its memory comes from malloc and realloc, which it calls itself. */
static uintptr_t sqlite_start = 0, sqlite_end = 0;

static int find_sqlite(struct dl_phdr_info *library, size_t size, void *none) {
  if (strstr(library->dlpi_name, "better_sqlite3") == NULL) return 0;
  for (int at = 0; at < library->dlpi_phnum; at++) {
    const ElfW(Phdr) *part = &library->dlpi_phdr[at];
    if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0) continue;
    sqlite_end = library->dlpi_addr + part->p_vaddr + part->p_memsz;
    sqlite_start = library->dlpi_addr + part->p_vaddr;
  }
  return 1;
}

void *dlopen(const char *path, int flags) {
  REAL(dlopen);
  void *library = real(path, flags);
  if (library != NULL && sqlite_start == 0) dl_iterate_phdr(find_sqlite, NULL);
  return library;
}

static int fails_to_give(void *caller) {
  uintptr_t at = (uintptr_t)caller;
  return sqlite_start != 0 && at >= sqlite_start && at < sqlite_end && fails("malloc", "/memory/sqlite", NULL);
}

extern void *__libc_malloc(size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size) { return fails_to_give(__builtin_return_address(0)) ? NULL : __libc_malloc(size); }

void *realloc(void *old, size_t size) { return fails_to_give(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size); }
