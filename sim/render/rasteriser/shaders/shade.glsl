// Light on a surface: sun, sky, lamps. Lambert under GGX, glTF 2.0 appendix B.
uniform sampler2DShadow sun_atlas;
uniform sampler2D sky_map;

float sun_shadow(vec3 rel, vec3 n, float depth, float lean) {
#ifdef SUN_SHADOWS
    int i = int(depth > splits.x) + int(depth > splits.y) + int(depth > splits.z);
    if (depth > splits.w) return 1.0;
    float texel = texels[i];
    vec3 p = (shadow_from_rel[i] * vec4(rel + n * (texel * (0.6 + 1.6 * lean)), 1.0)).xyz;
    vec2 t = vec2(SHADOW_TEXEL) * 0.85;
    // four bilinear comparisons, turned against the grid: a soft edge about three texels wide
    float lit = texture(sun_atlas, vec3(p.xy + vec2(t.x, t.y * 0.4), p.z))
              + texture(sun_atlas, vec3(p.xy + vec2(-t.x * 0.4, t.y), p.z))
              + texture(sun_atlas, vec3(p.xy + vec2(-t.x, -t.y * 0.4), p.z))
              + texture(sun_atlas, vec3(p.xy + vec2(t.x * 0.4, -t.y), p.z));
    float fade = clamp((splits.w - depth) / (0.15 * splits.w), 0.0, 1.0);
    return mix(1.0, lit * 0.25, fade);
#else
    return 1.0;
#endif
}

// Split-sum of a GGX surface against an even sky: scale and offset of f0; Karis, "Physically based shading on mobile", 2014.
vec2 sky_brdf(float rough, float nv) {
    vec4 r = rough * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a = min(r.x * r.x, exp2(-9.28 * nv)) * r.x + r.y;
    return vec2(-1.04, 1.04) * a + r.zw;
}

vec3 lit_by(vec3 l, vec3 n, vec3 v, float nl, float nv, vec3 diffuse, vec3 f0, float a, float gain) {
    vec3 h = normalize(l + v);
    float nh = clamp(dot(n, h), 0.0, 1.0), vh = clamp(dot(v, h), 0.0, 1.0);
    float a2 = a * a;
    float d = nh * nh * (a2 - 1.0) + 1.0;
    float dv = a2 / (PI * d * d) * 0.5 / max(mix(2.0 * nl * nv, nl + nv, a), 1e-4); // Smith: Hammon, GDC 2017
    float f5 = exp2((-5.55473 * vh - 6.98316) * vh);                                // Schlick's power; Lagarde 2012
    vec3 f = f0 + (clamp(50.0 * f0.g, 0.0, 1.0) - f0) * f5;
    return (diffuse * (1.0 - f) * (1.0 / PI) + f * (dv * gain)) * nl;
}

// Returns pre-exposed cd/m²; `ambient`: the part of it that is sky light, which occlusion darkens afterwards.
vec3 shade(vec3 rel, vec3 n, vec3 face, float depth, vec3 albedo, float metallic, float rough, float dielectric, out float ambient) {
    vec3 v = -normalize(rel);
    float nv = max(dot(n, v), 1e-3);
    vec3 f0 = mix(vec3(dielectric), albedo, metallic);
    vec3 diffuse = albedo * (1.0 - metallic);
    float a = max(rough * rough, 0.002);
    vec2 ab = sky_brdf(rough, nv);
    float single = ab.x + ab.y;
    vec3 gain3 = 1.0 + f0 * (1.0 / max(single, 0.05) - 1.0);  // light that bounces more than once: Turquin 2019
    float gain = dot(gain3, vec3(0.3333));

    vec3 mirror = reflect(-v, n);
    vec3 env;
    if (rough > 0.7) env = irradiance(mirror) * (1.0 / PI);
    else env = textureLod(sky_map, panorama(mirror), rough * 5.0).rgb;
    vec3 spec = (f0 * ab.x + clamp(50.0 * f0.g, 0.0, 1.0) * ab.y) * gain3;
    vec3 sky = irradiance(n) * diffuse * (1.0 - spec) * (1.0 / PI) + env * spec;

    vec3 direct = vec3(0.0);
#ifdef SUN
    float nl = dot(n, sun_dir.xyz);
    float fl = dot(face, sun_dir.xyz);
    if (nl > 0.0 && fl > 0.0) {
        float lit = sun_shadow(rel, face, depth, 1.0 - fl);
        if (lit > 0.0) direct += sun_rgb.rgb * lit * lit_by(sun_dir.xyz, n, v, nl, nv, diffuse, f0, max(a, 0.006), gain);
    }
#endif
#ifdef LIGHTS
    vec3 thrown;
    direct += lamps(rel, n, v, nv, diffuse, f0, a, gain, thrown);
    sky += thrown * diffuse * (1.0 / PI);
#endif
    vec3 all = sky + direct;
    ambient = clamp(dot(sky, WEIGHTS) / max(dot(all, WEIGHTS), 1e-9), 0.0, 1.0);
    return all;
}

vec3 hazed(vec3 colour, vec3 d, float distance_m) {
    return mix(haze_colour(d), colour, exp2(-haze.w * distance_m));
}

vec3 floor_hazed(vec3 colour, vec3 d, float distance_m) {   // an endless floor ends in haze
    return mix(hazed(colour, d, distance_m), haze_colour(d), 0.9 * smoothstep(5.0, 8.7, log(distance_m)));
}
