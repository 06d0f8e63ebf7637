using System.Text.Json;
using CleanGateway.Domain.Common;
using CleanGateway.Domain.Models;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;
using Microsoft.AspNetCore.StaticFiles;

namespace CleanGateway.Infrastructure.ProviderAdapters.Dialects.Gemini;

/// <summary>Writes pictures, sounds and documents as parts: in the request, or where Google itself gets them.</summary>
internal sealed class GeminiMedia(GeminiSurface surface, ModelCapabilities model)
{
    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <exception cref="GatewayException">The model or the surface does not take it.</exception>
    public void Write(Utf8JsonWriter json, ChatPart part)
    {
        switch (part)
        {
            case PicturePart picture:
                Require("supports_vision", $"{part.Path}.image_url", "the model does not take pictures.");
                if (picture.Data is { } data)
                    WriteInline(json, data);
                else
                    WriteUrl(json, picture.Url!, $"{part.Path}.image_url.url", null, "image/jpeg");
                break;
            case SoundPart sound:
                Require("supports_audio_input", $"{part.Path}.input_audio", "the model does not take audio.");
                WriteInline(json, sound.Data);
                break;
            case FilePart { Data: { } document } file:
                if (document.MediaType == "application/pdf")
                    Require("supports_pdf_input", $"{file.Path}.file", "the model does not take PDF documents.");
                WriteInline(json, document);
                break;
            case FilePart file:
                WriteUrl(json, file.FileId!, $"{file.Path}.file.file_id", file.FileName, null);
                break;
            default:
                throw new ArgumentException($"{part.GetType().Name} is no part with media.", nameof(part));
        }
    }

    private void Require(string capability, string path, string why)
    {
        if (model.Can(capability) == false)
            throw new GatewayException(ChatJson.Unsupported(path, why));
    }

    private static void WriteInline(Utf8JsonWriter json, Media media)
    {
        json.WriteStartObject();
        json.WriteStartObject("inlineData");
        json.WriteString("mimeType", media.MediaType == "image/jpg" ? "image/jpeg" : media.MediaType);
        json.WriteString("data", media.Base64);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteUrl(Utf8JsonWriter json, string url, string path, string? fileName, string? otherwise)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || !IsGot(address))
            throw new GatewayException(ChatJson.Unsupported(path, "neither the provider nor the gateway fetches it. Send the data itself."));

        json.WriteStartObject();
        json.WriteStartObject("fileData");
        if ((TypeOf(fileName ?? "") ?? TypeOf(address.AbsolutePath) ?? otherwise) is { } type)
            json.WriteString("mimeType", type);
        json.WriteString("fileUri", url);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    // Google reads objects in its storage as whoever the gateway is there, and not as the caller.
    private bool IsGot(Uri address) => address.Scheme == "gs" ? model.Can("supports_gs_urls") == true : surface.Gets(address);

    private static string? TypeOf(string name) => Types.TryGetContentType(name, out var type) ? type : null;
}
