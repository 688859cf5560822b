// A small picture of luminances, for the exposure meter.
uniform HDR_SAMPLER hdr_map;
uniform vec4 grid;   // px of the full picture, of this one
layout(location = 0) out float out_level;
void main() {
    vec2 cell = grid.xy / grid.zw;
    vec2 corner = floor(gl_FragCoord.xy) * cell;
    float sum = 0.0;
    for (int i = 0; i < 6; i++) {
        vec2 q = corner + cell * vec2((float(i) + 0.5) / 6.0, fract(float(i) * 0.618 + 0.3));
        sum += log2(max(dot(texelFetch(hdr_map, ivec2(q), 0).rgb, WEIGHTS), 1e-9));
    }
    out_level = sum / 6.0;
}
