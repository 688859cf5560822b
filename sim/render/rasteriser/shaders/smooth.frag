// Takes the grain out of the occlusion: a 4×4 mean that does not cross edges in depth.
uniform sampler2D share_map;
layout(location = 0) out vec4 out_share;
void main() {
    ivec2 p = ivec2(gl_FragCoord.xy), last = textureSize(share_map, 0) - 1;
    vec2 mine = texelFetch(share_map, p, 0).rg;
    float sum = 0.0, weight = 0.0;
    for (int y = -2; y < 2; y++) for (int x = -2; x < 2; x++) {
        vec2 s = texelFetch(share_map, clamp(p + ivec2(x, y), ivec2(0), last), 0).rg;
        float w = max(1e-3, 1.0 - abs(s.g - mine.g) * 6.0 / max(mine.g, 0.01));
        sum += s.r * w;
        weight += w;
    }
    out_share = vec4(sum / weight, mine.g, 0.0, 1.0);
}
