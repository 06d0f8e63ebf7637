using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Application.Models;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CleanGateway.Api.OpenApi;

/// <summary>
/// Describes what has a JSON form of its own: a <see cref="Change{T}"/> is what it changes to, and <see cref="RawJson"/>
/// is any JSON. Bodies have no other members than those they show.
/// </summary>
internal static class MemberSchemas
{
    /// <summary>What a type is called in the description; null: it is written out where it is used.</summary>
    public static string? NameOf(JsonTypeInfo type) =>
        type.Type.IsGenericType && type.Type.GetGenericTypeDefinition() == typeof(Change<>) ? null : OpenApiOptions.CreateDefaultSchemaReferenceId(type);

    public static async Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = context.JsonTypeInfo.Type;
        if ((Nullable.GetUnderlyingType(type) ?? type) == typeof(Rate))
        {
            schema.Type = type == typeof(Rate) ? JsonSchemaType.Number : JsonSchemaType.Number | JsonSchemaType.Null;
            schema.Minimum = "0";
            schema.Maximum = "1000000";
        }

        if ((Nullable.GetUnderlyingType(type) ?? type) is { IsEnum: true } words)
        {
            schema.Type = words == type ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
            schema.Enum = [.. EnumNames.Of(words).Select(word => (JsonNode)word)];
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Change<>))
        {
            var changed = await context.GetOrCreateSchemaAsync(type.GetGenericArguments()[0], null, cancellationToken);
            schema.Type = changed.Type;
            schema.Format = changed.Format;
            schema.Enum = changed.Enum;
            schema.Items = changed.Items;
            schema.Properties = changed.Properties;
            schema.Pattern = changed.Pattern;
        }
    }
}
