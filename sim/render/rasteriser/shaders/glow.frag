// The veil that bright things throw over a lens: a quarter-size copy, blurred along one axis at a time.
uniform HDR_SAMPLER hdr_map;
uniform vec4 grid;   // px of the source, of this one
uniform vec4 step_px;  // xy: along which; z: 1 when this is the first, which shrinks and bounds
layout(location = 0) out vec4 out_color;
void main() {
    vec2 p = gl_FragCoord.xy;
    vec3 sum = vec3(0.0);
    if (step_px.z > 0.5) {
        vec2 cell = grid.xy / grid.zw, corner = floor(p) * cell;
        float weight = 0.0;
        for (int i = 0; i < 4; i++) {
            vec3 c = texelFetch(hdr_map, ivec2(corner + cell * vec2(0.25 + 0.5 * float(i & 1), 0.25 + 0.5 * float(i >> 1))), 0).rgb;
            sum += min(c, vec3(step_px.w));
        }
        out_color = vec4(sum * 0.25, 1.0);
        return;
    }
    float total = 0.0;
    ivec2 last = ivec2(grid.xy) - 1;
    for (int i = -5; i <= 5; i++) {
        float w = exp(-float(i * i) / 9.0);
        sum += w * texelFetch(hdr_map, clamp(ivec2(p + step_px.xy * float(i)), ivec2(0), last), 0).rgb;
        total += w;
    }
    out_color = vec4(sum / total, 1.0);
}
