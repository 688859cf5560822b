// What is seen where nothing stands.
layout(location = 0) out vec4 out_color;

void main() {
    vec2 ndc = gl_FragCoord.xy * size.zw * 2.0 - 1.0;
    vec3 d = normalize(forward.xyz + right.xyz * ndc.x + up.xyz * ndc.y);
#if defined(LATER) || defined(UNLIT)
    out_color = vec4(0.0);
#else
    out_color = vec4(sky_colour(d), 0.0);
#endif
#ifdef AUX
    vec4 before = prev_clip_from_world * vec4(d, 0.0);
    write_aux(uintBitsToFloat(0x7f800000u), -1, vec3(0.0), before.xyw, 0.0, 0.0, vec3(0.0));
#endif
}
