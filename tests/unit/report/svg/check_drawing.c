/* SPDX-License-Identifier: BSD-2-Clause */
/* A document is as large as what is drawn, whichever element reaches farthest. */
#include "report/svg/drawing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static void draw_line(struct drawing *drawing)
{
    drawing_line(drawing, (struct point){301, 9}, (struct point){9, 201}, "life");
}

static void draw_line_up(struct drawing *drawing)
{
    drawing_line(drawing, (struct point){9, 201}, (struct point){301, 9}, "life");
}

static void draw_arrow(struct drawing *drawing)
{
    drawing_arrow(drawing, (struct point){9, 197}, 301, "");
}

static void draw_arrow_back(struct drawing *drawing)
{
    drawing_arrow(drawing, (struct point){301, 197}, 9, "");
}

static void draw_box(struct drawing *drawing)
{
    drawing_box(drawing, (struct point){291, 181}, 10, 20, "bar");
}

static void draw_text(struct drawing *drawing)
{
    drawing_text(drawing, (struct point){301 - 5 * GLYPH_WIDTH, 201 - LINE_DESCENT}, ANCHOR_START,
                 NULL, "text!");
}

static void draw_text_back(struct drawing *drawing)
{
    drawing_text(drawing, (struct point){301, 201 - LINE_DESCENT}, ANCHOR_END, NULL, "text!");
}

static void draw_text_about(struct drawing *drawing)
{
    drawing_text(drawing, (struct point){301 - 3 * GLYPH_WIDTH, 201 - LINE_DESCENT}, ANCHOR_MIDDLE,
                 NULL, "texts!");
}

static void (*const elements[])(struct drawing *) = {
    draw_line, draw_line_up, draw_arrow,     draw_arrow_back,
    draw_box,  draw_text,    draw_text_back, draw_text_about,
};

/* 301 and 201 and a margin, made even. */
static const char size[] = "width=\"326\" height=\"226\" viewBox=\"0 0 326 226\"";

START_TEST(is_as_large_as_what_is_drawn)
{
    char *body, *text;
    size_t body_len, len;
    struct drawing drawing = {.out = open_memstream(&body, &body_len)};
    elements[_i](&drawing);
    fclose(drawing.out);
    FILE *out = open_memstream(&text, &len);
    drawing_document(&drawing, body, body_len, "title", "description", out);
    fclose(out);
    ck_assert_msg(strstr(text, size) != NULL, "%s", text);
    free(body);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drawing");
    TCase *tests = tcase_create("drawing");
    tcase_add_loop_test(tests, is_as_large_as_what_is_drawn, 0,
                        sizeof elements / sizeof elements[0]);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
