#pragma once

#include "guest/include/types.h"

extern "C" {
void* memcpy(void* to, const void* from, size_t size);
void* memmove(void* to, const void* from, size_t size);
void* memset(void* to, int value, size_t size);
void* __memset(void* to, int value, size_t size);
int memcmp(const void* a, const void* b, size_t size);
size_t strlen(const char* text);
}

size_t strnlen(const char* text, size_t limit);
int strcmp(const char* a, const char* b);
int strncmp(const char* a, const char* b, size_t limit);
const char* strchr(const char* text, char wanted);
const char* strrchr(const char* text, char wanted);
const char* strstr(const char* text, const char* wanted);
// Copies at most size - 1 characters and always terminates; returns the length of `from`.
size_t strlcpy(char* to, const char* from, size_t size);
bool is_space(char c);
