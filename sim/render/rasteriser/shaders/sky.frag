// The sky, its haze and its sun.
uniform sampler2D sky_map;
layout(location = 0) out vec4 out_color;

void main() {
    vec2 ndc = gl_FragCoord.xy * size.zw * 2.0 - 1.0;
    vec3 ray = forward.xyz + right.xyz * ndc.x + up.xyz * ndc.y;
    vec3 d = normalize(ray);
    vec3 colour = textureLod(sky_map, panorama(d), 0.0).rgb;
    colour = mix(colour, haze_colour(d), exp2(-abs(d.z) * 40.0) * 0.85);
    float c = dot(d, sun_dir.xyz);
    float disc = smoothstep(sun_rgb.w - 2.0e-6, sun_rgb.w + 1.0e-6, c);
    colour = min(colour + sun_rgb.rgb * (disc * 1500.0), vec3(60000.0));
    out_color = vec4(colour, 0.0);
#ifdef AUX
    vec4 before = prev_clip_from_world * vec4(d, 0.0);
    write_aux(uintBitsToFloat(0x7f800000u), -1, vec3(0.0), before.xyw);
#endif
}
