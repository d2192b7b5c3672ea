/* SPDX-License-Identifier: BSD-2-Clause */
#include "flight/recorder.h"

#include "net/capture.h"

int recorder_open(struct recorder *recorder, const char *path, struct error *error)
{
    recorder->recording = recording_create(path, error);
    return recorder->recording != NULL ? 0 : -1;
}

bool recorder_works(const struct recorder *recorder)
{
    return recorder->recording != NULL;
}

int recorder_interface(struct recorder *recorder, const char *name, uint16_t linktype)
{
    struct error error;
    if (recorder->recording == NULL)
        return -1;
    int number = recording_interface(recorder->recording, name, linktype, CAPTURE_SNAPLEN, &error);
    if (number < 0)
        failure_note(&recorder->failure, &error);
    return number;
}

void recorder_packet(struct recorder *recorder, int interface, const struct frame *frame,
                     const struct annotation *annotation)
{
    char comment[ANNOTATION_MAX];
    struct error error;
    if (recorder->recording != NULL &&
        recording_packet(recorder->recording, interface, frame,
                         annotation_format(annotation, comment), &error) != 0)
        failure_note(&recorder->failure, &error);
}

void recorder_remark(struct recorder *recorder, const char *comment)
{
    struct error error;
    if (recorder->recording != NULL && recording_remark(recorder->recording, comment, &error) != 0)
        failure_note(&recorder->failure, &error);
}

struct outlet *recorder_outlet(const struct recorder *recorder)
{
    return recorder->recording != NULL ? recording_outlet(recorder->recording) : NULL;
}

void recorder_close(struct recorder *recorder)
{
    struct error error;
    if (recorder->recording != NULL && recording_close(recorder->recording, &error) != 0)
        failure_note(&recorder->failure, &error);
    recorder->recording = NULL;
}
