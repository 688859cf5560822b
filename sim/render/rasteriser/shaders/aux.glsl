// The passes beside the picture, packed into integers, which multisampling and blending never mix.
#ifdef AUX
layout(location = 1) out uvec4 out_aux;     // depth m, id + 1, normal as two 16 bit octahedral numbers, 0
#ifdef MOTION
layout(location = 2) out uvec2 out_motion;  // px right, px down; floats as bits
#endif

void write_aux(float depth, int id, vec3 n, vec3 prev_clip) {
    n /= abs(n.x) + abs(n.y) + abs(n.z) + 1e-20;
    vec2 o = n.z >= 0.0 ? n.xy : (1.0 - abs(n.yx)) * vec2(n.x >= 0.0 ? 1.0 : -1.0, n.y >= 0.0 ? 1.0 : -1.0);
    uvec2 q = uvec2(clamp(o * 32767.0 + 32768.5, vec2(1.0), vec2(65535.0)));
    out_aux = uvec4(floatBitsToUint(depth), uint(id + 1), id < 0 ? 0u : (q.x | (q.y << 16)), 0u);
#ifdef MOTION
    vec2 before = (prev_clip.xy / prev_clip.z * 0.5 + 0.5) * size.xy;
    vec2 shift = gl_FragCoord.xy - before;
    out_motion = uvec2(floatBitsToUint(shift.x), floatBitsToUint(-shift.y));
#endif
}
#endif
