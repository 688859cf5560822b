// Lamps: each pixel's tile names the few that reach it.
uniform usampler2D tile_lights;
uniform sampler2DShadow spot_atlas;
vec3 lit_by(vec3 l, vec3 n, vec3 v, float nl, float nv, vec3 diffuse, vec3 f0, float a, float gain);

float spot_shadow(int i, vec3 rel, vec3 n, float d) {
    vec4 p = spot_from_rel[i] * vec4(rel + n * (0.004 * d + 0.005), 1.0);
    vec3 q = p.xyz / p.w;
    if (p.w <= 0.0) return 1.0;
    vec2 t = vec2(SPOT_TEXEL);
    return 0.25 * (texture(spot_atlas, vec3(q.xy + vec2(t.x, t.y * 0.4), q.z))
                 + texture(spot_atlas, vec3(q.xy + vec2(-t.x * 0.4, t.y), q.z))
                 + texture(spot_atlas, vec3(q.xy + vec2(-t.x, -t.y * 0.4), q.z))
                 + texture(spot_atlas, vec3(q.xy + vec2(t.x * 0.4, -t.y), q.z)));
}

vec3 lamps(vec3 rel, vec3 n, vec3 v, float nv, vec3 diffuse, vec3 f0, float a, float gain, out vec3 thrown) {
    vec3 sum = vec3(0.0);
    thrown = vec3(0.0);  // back by the floor around: it is as bright there as here, and a wall sees half of it
    vec3 back = ground.rgb * (meter.z * (0.5 - 0.5 * n.z));
    ivec2 tile = ivec2(gl_FragCoord.xy / meter.y);
    uint mask = texelFetch(tile_lights, tile, 0).r;
    while (mask != 0u) {
        uint lowest = mask & (~mask + 1u);
        mask ^= lowest;
        int i = int(floatBitsToUint(float(lowest)) >> 23) - 127;  // its place: the exponent of a power of two
        vec3 to = light_at[i].xyz - rel;
        float d2 = dot(to, to);
        float reach = d2 * light_at[i].w;
        if (reach >= 1.0) continue;
        vec3 l = to * inversesqrt(max(d2, 1e-8));
        float nl = dot(n, l);
        float kind = light_rgb[i].w;
        float along = -dot(light_aim[i].xyz, l);
        float power = 1.0;
        if (kind > 1.5) power = max(along, 0.0);
        else if (kind > 0.5) {
            power = clamp((along - light_aim[i].w) * light_more[i].x, 0.0, 1.0);
            power = power * power * (3.0 - 2.0 * power);
        }
        if (power <= reach) continue;
        // exact where it gives twice what is not missed, then fades to nothing
        float edge = clamp((1.0 - sqrt(reach / power)) / 0.3, 0.0, 1.0);
        power *= edge * edge * (3.0 - 2.0 * edge) / max(d2 + light_more[i].y, 1e-4);
        thrown += light_rgb[i].rgb * back * (power * max(l.z, 0.0));
        if (nl <= 0.0) continue;
        int shadow = int(light_more[i].z);
        if (shadow >= 0) power *= spot_shadow(shadow, rel, n, sqrt(d2));
        float wide = sqrt(light_more[i].y / max(d2, 1e-6));    // a large lamp makes a large highlight
        sum += light_rgb[i].rgb * power * lit_by(l, n, v, nl, nv, diffuse, f0, clamp(a + 0.35 * wide, 0.01, 1.0), gain);
    }
    return sum;
}
