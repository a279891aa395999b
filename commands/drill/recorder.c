/*
 * Records what a process changes in the files below a folder, in the order in which it happened, so that the states that a disk may be
 * left in by a cut of power can be built.
 *   cc -shared -fPIC -O2 -o recorder.so recorder.c -ldl -lpthread
 *   LD_PRELOAD=./recorder.so RECORD_FOLDER=/lab RECORD_FILE=/tmp/record program
 * A record: kind (1 byte), nanoseconds of CLOCK_MONOTONIC (8), offset (8), length of the path (4), of the data (4), path, data.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, SYNC, TRUNCATE, RENAME, UNLINK, MAKE_FOLDER, CREATE, SYNC_FOLDER };

#define REAL(name, type) \
  static type real = NULL; \
  if (real == NULL) real = (type)dlsym(RTLD_NEXT, name)

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int record_file = -1;
static const char *folder = NULL;
static size_t folder_length = 0;

static void begin(void) {
  if (folder != NULL) return;
  const char *name = getenv("RECORD_FOLDER");
  folder = name == NULL ? "" : name;
  folder_length = strlen(folder);
}

static int is_ours(const char *path) {
  begin();
  if (folder_length == 0 || path == NULL || strncmp(path, folder, folder_length) != 0 || path[folder_length] != '/') return 0;
  size_t length = strlen(path);
  /* Shared memory between processes of one boot; nothing of it outlives a cut. */
  return !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static int path_of(int file, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, size - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_ours(path);
}

static void put(uint8_t kind, const char *path, uint64_t offset, const void *data, uint32_t length) {
  typedef ssize_t (*write_function)(int, const void *, size_t);
  REAL("write", write_function);
  struct timespec now;
  uint8_t head[25];
  uint32_t path_length = (uint32_t)strlen(path);
  pthread_mutex_lock(&order);
  if (record_file < 0) record_file = open(getenv("RECORD_FILE"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  clock_gettime(CLOCK_MONOTONIC, &now);
  uint64_t nanoseconds = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  head[0] = kind;
  memcpy(head + 1, &nanoseconds, 8);
  memcpy(head + 9, &offset, 8);
  memcpy(head + 17, &path_length, 4);
  memcpy(head + 21, &length, 4);
  struct iovec parts[3] = {{head, sizeof head}, {(void *)path, path_length}, {(void *)data, length}};
  for (int part = 0; part < 3; part++)
    for (size_t done = 0; done < parts[part].iov_len;) {
      ssize_t written = real(record_file, (char *)parts[part].iov_base + done, parts[part].iov_len - done);
      if (written <= 0) abort();
      done += (size_t)written;
    }
  pthread_mutex_unlock(&order);
}

static int open_recorded(const char *path, int flags, mode_t mode, const char *name) {
  typedef int (*open_function)(const char *, int, ...);
  open_function real = (open_function)dlsym(RTLD_NEXT, name);
  if (!is_ours(path)) return real(path, flags, mode);
  struct stat status;
  int is_new = (flags & O_CREAT) != 0 && lstat(path, &status) != 0;
  int file = real(path, flags, mode);
  if (file >= 0 && is_new) put(CREATE, path, 0, "", 0);
  else if (file >= 0 && (flags & O_TRUNC) != 0) put(TRUNCATE, path, 0, "", 0);
  return file;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list list; \
    va_start(list, flags); \
    mode_t mode = (flags & O_CREAT) != 0 ? (mode_t)va_arg(list, int) : 0; \
    va_end(list); \
    return open_recorded(path, flags, mode, #name); \
  }
OPEN(open)
OPEN(open64)

static void put_write(int file, const void *data, ssize_t length, off_t offset) {
  char path[4096];
  if (length > 0 && path_of(file, path, sizeof path)) put(WRITE, path, (uint64_t)offset, data, (uint32_t)length);
}

ssize_t write(int file, const void *data, size_t size) {
  typedef ssize_t (*write_function)(int, const void *, size_t);
  REAL("write", write_function);
  ssize_t length = real(file, data, size);
  off_t end = length > 0 ? lseek(file, 0, SEEK_CUR) : -1;
  if (end >= length) put_write(file, data, length, end - length);
  return length;
}

#define PWRITE(name, offset_type) \
  ssize_t name(int file, const void *data, size_t size, offset_type offset) { \
    typedef ssize_t (*pwrite_function)(int, const void *, size_t, offset_type); \
    REAL(#name, pwrite_function); \
    ssize_t length = real(file, data, size, offset); \
    put_write(file, data, length, (off_t)offset); \
    return length; \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static void put_parts(int file, const struct iovec *parts, int count, ssize_t length, off_t offset) {
  for (int part = 0; part < count && length > 0; part++) {
    ssize_t size = (ssize_t)parts[part].iov_len < length ? (ssize_t)parts[part].iov_len : length;
    put_write(file, parts[part].iov_base, size, offset);
    offset += size;
    length -= size;
  }
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  typedef ssize_t (*writev_function)(int, const struct iovec *, int);
  REAL("writev", writev_function);
  ssize_t length = real(file, parts, count);
  off_t end = length > 0 ? lseek(file, 0, SEEK_CUR) : -1;
  if (end >= length) put_parts(file, parts, count, length, end - length);
  return length;
}

#define PWRITEV(name, offset_type) \
  ssize_t name(int file, const struct iovec *parts, int count, offset_type offset) { \
    typedef ssize_t (*pwritev_function)(int, const struct iovec *, int, offset_type); \
    REAL(#name, pwritev_function); \
    ssize_t length = real(file, parts, count, offset); \
    put_parts(file, parts, count, length, (off_t)offset); \
    return length; \
  }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define FSYNC(name) \
  int name(int file) { \
    typedef int (*sync_function)(int); \
    REAL(#name, sync_function); \
    int result = real(file); \
    char path[4096]; \
    struct stat status; \
    begin(); \
    if (result != 0 || fstat(file, &status) != 0) return result; \
    if (path_of(file, path, sizeof path)) put(S_ISDIR(status.st_mode) ? SYNC_FOLDER : SYNC, path, 0, "", 0); \
    else if (S_ISDIR(status.st_mode) && folder_length > 0 && strcmp(path, folder) == 0) put(SYNC_FOLDER, path, 0, "", 0); \
    return result; \
  }
FSYNC(fsync)
FSYNC(fdatasync)

#define TRUNCATION(name, offset_type) \
  int name(int file, offset_type size) { \
    typedef int (*truncate_function)(int, offset_type); \
    REAL(#name, truncate_function); \
    int result = real(file, size); \
    char path[4096]; \
    if (result == 0 && path_of(file, path, sizeof path)) put(TRUNCATE, path, (uint64_t)size, "", 0); \
    return result; \
  }
TRUNCATION(ftruncate, off_t)
TRUNCATION(ftruncate64, off64_t)

int rename(const char *from, const char *to) {
  typedef int (*rename_function)(const char *, const char *);
  REAL("rename", rename_function);
  int result = real(from, to);
  if (result == 0 && is_ours(from)) put(RENAME, from, 0, to, (uint32_t)strlen(to));
  return result;
}

int unlink(const char *path) {
  typedef int (*unlink_function)(const char *);
  REAL("unlink", unlink_function);
  int result = real(path);
  if (result == 0 && is_ours(path)) put(UNLINK, path, 0, "", 0);
  return result;
}

int mkdir(const char *path, mode_t mode) {
  typedef int (*mkdir_function)(const char *, mode_t);
  REAL("mkdir", mkdir_function);
  int result = real(path, mode);
  if (result == 0 && is_ours(path)) put(MAKE_FOLDER, path, 0, "", 0);
  return result;
}
