// From light to a picture: occlusion, glow, exposure, AgX, sRGB. The first row is the top one.
uniform HDR_SAMPLER hdr_map;
#ifdef OCCLUSION
uniform sampler2D share_map;
#endif
#ifdef GLOW
uniform sampler2D glow_map;
#endif
uniform vec4 exposure;  // scale; strength of the glow; contrast, saturation
uniform mat3 inset;
uniform mat3 outset;
layout(location = 0) out vec4 out_color;

vec3 developed(vec3 x) {
    x = max(inset * x, vec3(1e-10));
    x = clamp((log2(x) + 12.47393) / 16.499999, 0.0, 1.0);
    vec3 y = ((((((15.5 * x - 40.14) * x + 31.96) * x - 6.868) * x + 0.4298) * x + 0.1191) * x - 0.00232);
    y = pow(max(y, vec3(0.0)), vec3(exposure.z));
    y = mix(vec3(dot(y, WEIGHTS)), y, exposure.w);
    return clamp(outset * y, 0.0, 1.0);
}

void main() {
    ivec2 p = ivec2(gl_FragCoord.xy);
    p.y = int(size.y) - 1 - p.y;
    float share = 1.0;
#ifdef OCCLUSION
    share = texture(share_map, (vec2(p) + 0.5) * size.zw).r;
#endif
    vec3 veil = vec3(0.0);
#ifdef GLOW
    veil = texture(glow_map, (vec2(p) + 0.5) * size.zw).rgb * exposure.y;
#endif
    vec4 first = texelFetch(hdr_map, p, 0);
    vec4 all = first;
    float spread = 0.0;
#if SAMPLES > 1
    for (int i = 1; i < SAMPLES; i++) {
        vec4 c = texelFetch(hdr_map, p, i);
        spread = max(spread, abs(dot(c.rgb - first.rgb, WEIGHTS)));
        all += c;
    }
    all /= float(SAMPLES);
#endif
    vec3 sum = all.rgb * (1.0 - all.a * (1.0 - share)) * (1.0 - exposure.y) + veil;
#ifdef LINEAR
    out_color = vec4(sum, 1.0);
#else
    if (spread * 20.0 < dot(all.rgb, WEIGHTS)) sum = developed(sum * exposure.x);
    else {   // an edge: each sample is developed by itself, so that bright ones do not drown the rest
        sum = vec3(0.0);
        for (int i = 0; i < SAMPLES; i++) {
            vec4 c = texelFetch(hdr_map, p, i);
            sum += developed((c.rgb * (1.0 - c.a * (1.0 - share)) * (1.0 - exposure.y) + veil) * exposure.x);
        }
        sum /= float(SAMPLES);
    }
    // half a step of grain, so that the sky has no bands; Jimenez' interleaved gradient noise, 2014
    float grain = fract(52.9829189 * fract(dot(vec2(p), vec2(0.06711056, 0.00583715)))) - 0.5;
    out_color = vec4(sum + grain / 255.0, dot(sum, vec3(0.299, 0.587, 0.114)));
#endif
}
