/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * @file event2/visibility.h
 *
 * Marks what the libraries export.  Everything is compiled with hidden
 * visibility, so a name without one of these marks stays inside its library.
 * Programs have no use for them.
 */
#ifndef EVENT2_VISIBILITY_H_INCLUDED_
#define EVENT2_VISIBILITY_H_INCLUDED_

#if defined(_WIN32)
#ifdef EVENT_BUILDING_CORE
#define EVENT2_EXPORT_SYMBOL __declspec(dllexport)
#else
#define EVENT2_EXPORT_SYMBOL __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define EVENT2_EXPORT_SYMBOL __attribute__((visibility("default")))
#else
#define EVENT2_EXPORT_SYMBOL
#endif

/** The same, under the name that headers above the core use for its symbols. */
#define EVENT2_CORE_EXPORT_SYMBOL EVENT2_EXPORT_SYMBOL

#endif
