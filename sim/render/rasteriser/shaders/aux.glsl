// The passes beside the picture, packed into integers, which multisampling and blending never mix.
#ifdef AUX
layout(location = 1) out uvec4 out_aux;     // see write_aux; `Targets` unpacks it
#ifdef MOTION
layout(location = 2) out uvec2 out_motion;  // px right, px down; floats as bits
#endif

uint packed_glow(vec3 c) {     // three 9 bit numbers and a shared exponent, as GL's RGB9_E5
    float top = max(max(c.r, c.g), c.b);
    if (top <= 0.0) return 0u;
    int e = clamp(int(floor(log2(top))) + 16, 0, 31);
    uvec3 q = min(uvec3(c * exp2(float(24 - e)) + 0.5), uvec3(511u));
    return q.r | (q.g << 9) | (q.b << 18) | (uint(e) << 27);
}

// depth m | id + 1, four bits of metallic, four of f0 | two 16 bit octahedral numbers of the normal | glow
void write_aux(float depth, int id, vec3 n, vec3 prev_clip, float metallic, float f0, vec3 glow) {
    n /= abs(n.x) + abs(n.y) + abs(n.z) + 1e-20;
    vec2 o = n.z >= 0.0 ? n.xy : (1.0 - abs(n.yx)) * vec2(n.x >= 0.0 ? 1.0 : -1.0, n.y >= 0.0 ? 1.0 : -1.0);
    uvec2 q = uvec2(clamp(o * 32767.0 + 32768.5, vec2(1.0), vec2(65535.0)));
    uint look = (uint(clamp(metallic, 0.0, 1.0) * 15.0 + 0.5) << 24) | (uint(min(sqrt(f0) * 25.0 + 0.5, 15.0)) << 28);
    out_aux = uvec4(floatBitsToUint(depth), uint(id + 1) | look, id < 0 ? 0u : (q.x | (q.y << 16)), packed_glow(glow));
#ifdef MOTION
    vec2 before = (prev_clip.xy / prev_clip.z * 0.5 + 0.5) * size.xy;
    vec2 shift = gl_FragCoord.xy - before;
    out_motion = uvec2(floatBitsToUint(shift.x), floatBitsToUint(-shift.y));
#endif
}
#endif
