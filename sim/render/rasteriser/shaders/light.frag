// Lights every pixel once, from what the geometry pass left of its surface.
uniform sampler2D surface_map;   // linear albedo, roughness
uniform usampler2D aux_map;      // see aux.glsl
layout(location = 0) out vec4 out_color;

void main() {
    ivec2 p = ivec2(gl_FragCoord.xy);
    uvec4 aux = texelFetch(aux_map, p, 0);
    vec2 ndc = gl_FragCoord.xy * size.zw * 2.0 - 1.0;
    vec3 ray = forward.xyz + right.xyz * ndc.x + up.xyz * ndc.y;
    int id = int(aux.y & 0xffffffu) - 1;
    if (id < 0) {
        out_color = vec4(sky_colour(normalize(ray)), 0.0);
        return;
    }
    float depth = uintBitsToFloat(aux.x);
    vec4 surface = texelFetch(surface_map, p, 0);
    vec2 o = vec2(float(aux.z & 0xffffu), float(aux.z >> 16)) / 32767.0 - 32768.0 / 32767.0;
    vec3 n = vec3(o, 1.0 - abs(o.x) - abs(o.y));
    float fold = max(-n.z, 0.0);
    n = normalize(vec3(n.x - (n.x >= 0.0 ? fold : -fold), n.y - (n.y >= 0.0 ? fold : -fold), n.z));
    float metallic = float((aux.y >> 24) & 15u) / 15.0, f0 = float(aux.y >> 28) / 25.0;
    vec3 rel = ray * depth;
    float ambient;
    vec3 colour = shade(rel, n, n, depth, surface.rgb, metallic, surface.a, f0 * f0, ambient);
    float distance_m = length(rel);
    if (aux.w != 0u) {
        float scale = exp2(float(aux.w >> 27) - 24.0);
        colour += vec3(float(aux.w & 511u), float((aux.w >> 9) & 511u), float((aux.w >> 18) & 511u)) * scale;
        ambient = 0.0;
    }
#ifdef GROUND_ID
    if (id == GROUND_ID) colour = floor_hazed(colour, ray, distance_m);
    else
#endif
    colour = hazed(colour, ray, distance_m);
    out_color = vec4(colour, ambient);
}
