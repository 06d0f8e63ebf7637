using CleanGateway.Api.Auth;
using CleanGateway.Api.Common;
using CleanGateway.Application.Common;
using CleanGateway.Domain.AdminTokens;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace CleanGateway.Api.OpenApi;

/// <summary>What an endpoint's metadata says that the framework does not look at: who may, and which headers count.</summary>
internal static class OperationDetails
{
    public static async Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        operation.OperationId = OperationId(context.Description.HttpMethod!, context.Description.RelativePath!);
        AddSecurity(operation, metadata, context.Document!);

        if (!context.Description.RelativePath!.StartsWith("admin/", StringComparison.Ordinal))
            return;

        await AddBodyAsync(operation, metadata, context, cancellationToken);
        AddHeaders(operation, context.Description.HttpMethod!, metadata);
        operation.Responses ??= [];
        operation.Responses["default"] = new OpenApiResponse
        {
            Description = "Refused: problem details with everything that is wrong.",
            Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = Problem() } },
        };
    }

    private static async Task AddBodyAsync(
        OpenApiOperation operation, IList<object> metadata, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (metadata.OfType<TakenBody>().LastOrDefault() is not { } body)
            return;

        var schema = await context.GetOrCreateSchemaAsync(body.Type, null, cancellationToken);
        operation.RequestBody = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType> { [body.ContentType] = new() { Schema = schema } },
        };
    }

    // get_admin_projects_id: what generators of clients call their methods.
    private static string OperationId(string method, string path) =>
        string.Join('_', [method.ToLowerInvariant(), .. path.Split('/', '{', '}', ':', '*', '.').Where(part => part.Length > 0 && part != "guid")]);

    private static void AddSecurity(OpenApiOperation operation, IList<object> metadata, OpenApiDocument document)
    {
        if (metadata.OfType<IAllowAnonymous>().Any())
        {
            operation.Security = [];
            return;
        }

        var role = metadata.OfType<NeededRole>().LastOrDefault();
        var scheme = role is null ? Access.ClientKey : Access.AdminToken;
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(scheme, document)] = [] }];
        if (role is not null)
            operation.Description = $"Needs the role {role.Role.Name()}.";
    }

    private static void AddHeaders(OpenApiOperation operation, string method, IList<object> metadata)
    {
        operation.Parameters ??= [];
        if (method is "PATCH" or "PUT" or "DELETE")
        {
            operation.Parameters.Add(Header(
                "If-Match", required: method != "DELETE", "The ETag of what is to be changed, or * for whatever it is now."));
        }

        var body = metadata.OfType<TakenBody>().LastOrDefault()?.Type;
        var makesSomething = body?.GetInterfaces().Any(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(ICreateCommand<>));
        if (method == "POST" && makesSomething == true)
        {
            operation.Parameters.Add(Header(
                "Idempotency-Key", required: false, "With the same key within a day, the same is made once and answered the same; a repetition says Idempotent-Replayed: true."));
        }
    }

    private static OpenApiParameter Header(string name, bool required, string description) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Required = required,
        Description = description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiSchema Problem()
    {
        var text = new OpenApiSchema { Type = JsonSchemaType.String };
        var optional = new OpenApiSchema { Type = JsonSchemaType.String | JsonSchemaType.Null };
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["type"] = text,
                ["title"] = text,
                ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
                ["detail"] = text,
                ["code"] = text,
                ["errors"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema
                    {
                        Type = JsonSchemaType.Object,
                        Properties = new Dictionary<string, IOpenApiSchema> { ["param"] = optional, ["code"] = text, ["detail"] = text },
                    },
                },
            },
        };
    }
}
