// The endless floor.
uniform sampler2D tile_map;   // linear albedo factor; roughness factor
layout(location = 0) out vec4 out_color;

void main() {
    vec2 ndc = gl_FragCoord.xy * size.zw * 2.0 - 1.0;
    vec3 d = forward.xyz + right.xyz * ndc.x + up.xyz * ndc.y;
    float height = ground.w - eye.z;
    d.z = height < 0.0 ? min(d.z, -1e-5) : max(d.z, 1e-5);
    float depth = height / d.z;        // forward has length 1: depth along the axis
    vec3 rel = d * depth;
    vec3 n = vec3(0.0, 0.0, height < 0.0 ? 1.0 : -1.0);
#ifdef UNLIT
    out_color = vec4(0.0);
#else
    float distance_m = length(rel);
    vec2 world = rel.xy + eye.xy;
    vec2 uv = world / ground_look.z;
    // a pixel's footprint, by hand: derivatives have no end at the horizon. Two taps along its long side.
    float across = distance_m * length(up.xyz) * 2.0 * size.w;
    float along = min(across * distance_m / max(abs(height), 0.05), 0.25 * distance_m);
    vec2 ahead = normalize(rel.xy + vec2(1e-6)) * (along * 0.25 / ground_look.z);
    float texels = 512.0 / ground_look.z;
    float lod = log2(max(max(across, along * 0.4) * texels, 1e-3));
    vec4 tile = 0.5 * (textureLod(tile_map, uv + ahead, lod) + textureLod(tile_map, uv - ahead, lod));
    float broad = textureLod(tile_map, world.yx / 61.0 + 0.37, log2(max(along * 512.0 / 61.0, 1e-3))).a * 2.0;
    float rough = clamp(ground_look.x * (0.8 + 0.4 * tile.a), 0.05, 1.0);
    tile = mix(tile, vec4(0.5), 0.85 * smoothstep(12.0, 70.0, distance_m));
    vec3 albedo = ground.rgb * tile.rgb * 2.0 * mix(1.0, broad, 0.16 * exp2(-distance_m * 0.02));
#ifdef LATER
    out_color = vec4(albedo, rough);
#else
    float ambient;
    vec3 colour = shade(rel, n, n, depth, albedo, ground_look.w, rough, ground_look.y, ambient);
    out_color = vec4(floor_hazed(colour, d, distance_m), ambient);
#endif
#endif
#ifdef AUX
    vec4 before = prev_clip_from_world * vec4(rel + eye.xyz, 1.0);
    write_aux(depth, GROUND_ID, n, before.xyw, ground_look.w, ground_look.y, vec3(0.0));
#endif
}
