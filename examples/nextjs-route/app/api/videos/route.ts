// POST /api/videos creates a generation.

import { type GenerationInput, Reelhook, ReelhookError } from "reelhook";

// Add authentication before you deploy this: each generation costs money.
export async function POST(request: Request): Promise<Response> {
  const { REELHOOK_URL = "", REELHOOK_API_KEY = "", PUBLIC_URL } = process.env;
  // Inside the function, because `next build` loads this file without the settings.
  const reelhook = new Reelhook({ baseUrl: REELHOOK_URL, apiKey: REELHOOK_API_KEY });
  // Reelhook answers 400 if a field is missing or malformed.
  const order: GenerationInput | null = await request.json().catch(() => null);
  try {
    const { id, status } = await reelhook.generations.create({
      prompt: order?.prompt,
      video_url: order?.video_url,
      // Without a public URL, `reelhook listen` sends the callbacks.
      ...(PUBLIC_URL ? { webhook_url: `${PUBLIC_URL}/api/reelhook` } : {}),
    });
    return Response.json({ id, status }, { status: 202 });
  } catch (error) {
    if (!(error instanceof ReelhookError)) throw error;
    const { code, message, errors } = error;
    return Response.json({ code, message, errors }, { status: error.status === 400 ? 400 : 502 });
  }
}
