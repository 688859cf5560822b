// Smooths stair steps where there is one sample a pixel: finds how far an edge runs both ways, and moves the picture
// across it by what the step covers. After Lottes, "FXAA", 2009.
uniform sampler2D picture_map;  // alpha: brightness
uniform vec4 grid;              // px, 1/px
layout(location = 0) out vec4 out_color;

float luma(ivec2 p) { return texelFetch(picture_map, clamp(p, ivec2(0), ivec2(grid.xy) - 1), 0).a; }

void main() {
    ivec2 p = ivec2(gl_FragCoord.xy);
    vec4 mine = texelFetch(picture_map, p, 0);
    out_color = vec4(mine.rgb, 1.0);
    float m = mine.a, n = luma(p + ivec2(0, 1)), s = luma(p - ivec2(0, 1)), e = luma(p + ivec2(1, 0)), w = luma(p - ivec2(1, 0));
    float low = min(m, min(min(n, s), min(e, w))), high = max(m, max(max(n, s), max(e, w)));
    float range = high - low;
    if (range < max(0.03, high * 0.09)) return;
    float ne = luma(p + ivec2(1, 1)), nw = luma(p + ivec2(-1, 1)), se = luma(p + ivec2(1, -1)), sw = luma(p + ivec2(-1, -1));
    float flat_x = abs(nw + sw - 2.0 * w) + 2.0 * abs(n + s - 2.0 * m) + abs(ne + se - 2.0 * e);
    float flat_y = abs(nw + ne - 2.0 * n) + 2.0 * abs(w + e - 2.0 * m) + abs(sw + se - 2.0 * s);
    bool level = flat_x >= flat_y;                  // the edge runs left and right
    float a = level ? s : w, b = level ? n : e;     // brightness on either side of it
    bool after = abs(b - m) >= abs(a - m);
    float gradient = 0.25 * max(abs(a - m), abs(b - m));
    float middle = 0.5 * (m + (after ? b : a));
    ivec2 side = level ? ivec2(0, after ? 1 : -1) : ivec2(after ? 1 : -1, 0);
    ivec2 along = level ? ivec2(1, 0) : ivec2(0, 1);
    float far_a = 0.0, far_b = 0.0, end_a = 0.0, end_b = 0.0;
    bool done_a = false, done_b = false;
    for (int i = 1; i <= 8; i++) {
        int k = i + (i > 4 ? i - 4 : 0);
        if (!done_a) { end_a = 0.5 * (luma(p - along * k) + luma(p - along * k + side)) - middle; far_a = float(k); done_a = abs(end_a) >= gradient; }
        if (!done_b) { end_b = 0.5 * (luma(p + along * k) + luma(p + along * k + side)) - middle; far_b = float(k); done_b = abs(end_b) >= gradient; }
        if (done_a && done_b) break;
    }
    float nearest = min(far_a, far_b);
    bool good = ((far_a < far_b ? end_a : end_b) < 0.0) != (m - middle < 0.0);
    float shift = good ? max(0.5 - nearest / (far_a + far_b), 0.0) : 0.0;
    float mean = (2.0 * (n + s + e + w) + ne + nw + se + sw) / 12.0;
    float speck = clamp(abs(mean - m) / range, 0.0, 1.0);  // single bright pixels
    speck = speck * speck * (3.0 - 2.0 * speck);
    shift = max(shift, speck * speck * 0.6);
    vec2 at = (gl_FragCoord.xy + vec2(side) * shift) * grid.zw;
    out_color = vec4(texture(picture_map, at).rgb, 1.0);
}
