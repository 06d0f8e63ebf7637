namespace CleanGateway.Domain.ApiKeys;

public readonly record struct ApiKeyId(Guid Value)
{
    public override string ToString() => Value.ToString();
}
