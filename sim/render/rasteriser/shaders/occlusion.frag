// How much of the sky is hidden by what stands near: horizons along a few directions of the picture.
// After Bavoil and Sainz, "Image-space horizon-based ambient occlusion", 2008.
uniform DEPTH_SAMPLER depth_map;
uniform vec4 lens;   // near; tan of half the picture's width, height; reach m
uniform vec4 grid;   // px of the full picture, of this one
layout(location = 0) out vec4 out_share;

float depth_at(vec2 p) {
    float z = texelFetch(depth_map, ivec2(clamp(p, vec2(0.0), grid.xy - 1.0)), 0).r;
    return lens.x / max(1.0 - z, 1e-7);  // infinite projection: z = 1 − near/d
}
vec3 place(vec2 p, float d) { return vec3(((p + 0.5) / grid.xy * 2.0 - 1.0) * lens.yz * d, d); }

void main() {
    vec2 p = floor(gl_FragCoord.xy / grid.zw * grid.xy);
    float d = depth_at(p);
    if (d > 400.0) { out_share = vec4(1.0); return; }
    vec3 at = place(p, d);
    float dl = depth_at(p - vec2(1, 0)), dr = depth_at(p + vec2(1, 0));
    float db = depth_at(p - vec2(0, 1)), dt = depth_at(p + vec2(0, 1));
    vec3 tx = abs(dl - d) < abs(dr - d) ? at - place(p - vec2(1, 0), dl) : place(p + vec2(1, 0), dr) - at;
    vec3 ty = abs(db - d) < abs(dt - d) ? at - place(p - vec2(0, 1), db) : place(p + vec2(0, 1), dt) - at;
    vec3 n = normalize(cross(ty, tx));
    float reach = clamp(0.16 * d, 0.05, lens.w);
    float radius = min(reach / (d * lens.y * 2.0) * grid.x, 0.16 * grid.x);
    if (radius < 2.0) { out_share = vec4(1.0, d, 0.0, 1.0); return; }
    // each pixel of a 4×4 cell turns its directions and moves its steps otherwise; the mean over a cell has no pattern
    ivec2 cell = ivec2(gl_FragCoord.xy) & 3;
    int x = cell.x ^ cell.y, y = cell.y;
    int rank = ((x & 1) << 3) | ((y & 1) << 2) | (x & 2) | (y >> 1);
    float turn = (float(rank) + 0.5) / 16.0, shift = (float((rank * 5 + 3) & 15) + 0.5) / 16.0;
    float hidden = 0.0;
    for (int i = 0; i < DIRECTIONS; i++) {
        float angle = (float(i) + turn) * (6.2831853 / float(DIRECTIONS));
        vec2 step_px = vec2(cos(angle), sin(angle)) * radius;
        float highest = 0.0;
        for (int j = 0; j < STEPS; j++) {
            float t = (float(j) + 0.15 + 0.8 * shift) / float(STEPS);
            vec2 q = floor(p + step_px * t * t + 0.5);
            vec3 to = place(q, depth_at(q)) - at;
            float l2 = dot(to, to);
            float sine = dot(to, n) * inversesqrt(l2 + 1e-10) - 0.06;
            float fall = clamp(1.0 - l2 / (reach * reach), 0.0, 1.0);
            highest = max(highest, sine * fall);
        }
        hidden += highest;
    }
    // the floor sees only sky, a wall half of it: the floor's loss shows more
    float upward = dot(n, vec3(right.z / length(right.xyz), up.z / length(up.xyz), forward.z));
    hidden *= mix(0.6, 1.5, smoothstep(0.2, 0.9, upward)) / float(DIRECTIONS);
    hidden = min(hidden, 0.8);
    out_share = vec4(clamp(1.0 - 2.6 * hidden + 1.6 * hidden * hidden, 0.2, 1.0), d, 0.0, 1.0);
}
