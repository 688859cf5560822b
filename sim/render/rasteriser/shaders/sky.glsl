// The sky, its haze and its sun, in a unit direction.
vec3 sky_colour(vec3 d) {
    vec3 colour = textureLod(sky_map, panorama(d), 0.0).rgb;
    colour = mix(colour, haze_colour(d), exp2(-abs(d.z) * 40.0) * 0.85);
    float c = dot(d, sun_dir.xyz);
    float disc = smoothstep(sun_rgb.w - 2.0e-6, sun_rgb.w + 1.0e-6, c);
    return min(colour + sun_rgb.rgb * (disc * 1500.0), vec3(60000.0));
}
